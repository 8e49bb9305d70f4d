/** The account of the installation itself: it owns the domain that everybody may send from while mail goes to the local inbox. */
export const systemAccountId = '00000000-0000-7000-8000-000000000000'
export const sandboxDomain = 'postern.localhost'
