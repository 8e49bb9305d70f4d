/** How long delivery is tried before a message expires. */
export const lifetimeMs = 3 * 24 * 3600 * 1000
