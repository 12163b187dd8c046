export const nothing = 0; // <- empty-name
