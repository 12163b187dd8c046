async function send(): Promise<void> {}
export function lose(): void {
  send(); // <- lint/nursery/noFloatingPromises
}
export function trust(): string {
  if (send()) return "always"; // <- lint/nursery/noMisusedPromises
  return "never";
}
