import type { Display } from './display.ts'
import type { StoredMessage } from './record.ts'
import { summaryBody } from './summary-body.ts'

/** A whole message, as the inbox's JSON has it; `address` is its stem on the second origin. */
export function messageBody(message: StoredMessage, display: Display, address: string) {
  const { attachments, isSourceCut, ...shown } = display
  return {
    ...summaryBody(message),
    return_path: message.returnPath,
    ...shown,
    attachments: attachments.map(({ filename, contentType, sizeBytes, isInline }, i) => ({
      filename,
      content_type: contentType,
      size_bytes: sizeBytes,
      is_inline: isInline,
      url: `${address}/attachments/${i}`,
    })),
    source_is_cut: isSourceCut,
    html_url: display.html === null ? null : address,
  }
}
