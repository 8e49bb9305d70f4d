/** All attachments of a message together, in bytes before their encoding: 40 MB in base64. */
export const attachmentBytesMax = 30_000_000
