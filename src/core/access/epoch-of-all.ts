/** Under this id stands what holds for the whole installation. */
export const epochOfAll = '00000000-0000-0000-0000-000000000000'
