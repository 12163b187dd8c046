/**
 * roles: who may do what. Each role may do everything of those before it.
 *
 * read = ask for anything measured; operate = decide about data (quarantine, alerts); admin = decide who has access.
 */
export const ROLES = ["read", "operate", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** May somebody with the role `has` do what needs `needed`? */
export function covers(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}
