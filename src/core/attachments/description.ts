/** What an attachment is called and where its bytes are from: sealed beside them. */

export interface AttachmentDescription {
  filename: string
  /** `type/subtype`, perhaps with parameters. */
  contentType: string
  /** Without angle brackets; what `cid:` in the html refers to. Null when nothing does. */
  contentId: string | null
  disposition: 'attachment' | 'inline'
  /** Present while and where the bytes come from an address. */
  url?: string
}

/** An attachment as a door takes it; `bytes` null means that jobs fetches them from the description's url. */
export interface DraftAttachment {
  description: AttachmentDescription
  bytes: Buffer | null
}

export function packDescription(description: AttachmentDescription): Buffer {
  return Buffer.from(JSON.stringify(description))
}

export function unpackDescription(packed: Buffer): AttachmentDescription {
  return JSON.parse(packed.toString('utf8')) as AttachmentDescription // packDescription wrote it, the seal proves it
}
