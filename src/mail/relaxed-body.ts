/** The relaxed canonical form of a body (RFC 6376 §3.4.4). */
const feed = 0x0a
const carriageReturn = 0x0d
const blank = 0x20
const tab = 0x09

/** The same Buffer when the body is its own canonical form, as composed text often is. */
export function relaxBody(body: Buffer): Buffer {
  const change = firstChange(body)
  return change === body.length && endsOnce(body) ? body : relaxFrom(body, change)
}

/** The first run of blanks, tab or blank before CRLF; `body.length` when there is none. */
function firstChange(body: Buffer): number {
  let end = body.length
  for (const sought of ['\t', '  ', ' \r']) {
    // Only what is before the earliest find so far can be earlier; one more byte lets a pair straddle it.
    const found = body.subarray(0, end + 1).indexOf(sought, 0, 'latin1')
    if (found !== -1) end = Math.min(end, found)
  }
  // A tab after a blank belongs to the blank's run.
  return end > 0 && body[end] === tab && body[end - 1] === blank ? end - 1 : end
}

/** Whether the body ends in exactly one CRLF that does not stand alone on an empty line. */
function endsOnce(body: Buffer): boolean {
  const end = withoutEmptyLines(body, body.length)
  return end > 0 && end === body.length - 2
}

function withoutEmptyLines(body: Buffer, length: number): number {
  let end = length
  while (end >= 2 && body[end - 2] === carriageReturn && body[end - 1] === feed) end -= 2
  return end
}

/** Everything before `start` is canonical already, but for what may follow at the end of the body. */
function relaxFrom(body: Buffer, start: number): Buffer {
  const { length } = body
  const relaxed = Buffer.allocUnsafe(length + 2)
  body.copy(relaxed, 0, 0, start)
  let written = start
  let at = start
  while (at < length) {
    // The loops keep `at` within the buffer.
    const byte = body[at] as number
    at += 1
    if (byte > blank || !isBlank(byte)) {
      relaxed[written] = byte
      written += 1
      continue
    }
    while (at < length && isBlank(body[at])) at += 1
    if (at < length && !startsCrlf(body, at)) {
      relaxed[written] = blank
      written += 1
    }
  }
  return endBody(relaxed, written)
}

function isBlank(byte: number | undefined): boolean {
  return byte === blank || byte === tab
}

function startsCrlf(body: Buffer, at: number): boolean {
  return body[at] === carriageReturn && body[at + 1] === feed
}

/** A body that is empty stays empty; any other ends in exactly one CRLF. */
function endBody(relaxed: Buffer, written: number): Buffer {
  // A blank that ends the body without CRLF is no run, so it may have been copied as it was.
  const isBlankLast = written > 0 && relaxed[written - 1] === blank
  const end = withoutEmptyLines(relaxed, isBlankLast ? written - 1 : written)
  if (end === 0) return relaxed.subarray(0, 0)
  relaxed[end] = carriageReturn
  relaxed[end + 1] = feed
  return relaxed.subarray(0, end + 2)
}
