/** The query that this window was opened with, as it was: the router reads a code of digits as a number. */
export const arrivedWith = typeof location === 'undefined' ? '' : location.search
