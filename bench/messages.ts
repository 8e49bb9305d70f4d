/**
 * The messages of the benchmark: about 10 KB of HTML and text made of words drawn by a seed, so that they compress as real
 * newsletters do (about 4 to 1) and not as one repeated line would. Some hundreds of bodies are made once; each message is
 * a copy of one with its number written into it, which costs the load generator next to nothing.
 */
import { words } from './words.ts'

export const sender = 'sender@send.bench.test'
export const recipientDomains = 20

const bodies = 200
const seqDigits = 7
const seqMark = '@@@@@@@'
const domainMark = '##'

export interface MessageMaker {
  /** The request body of POST /emails. */
  json(seq: number): Buffer
  /** The request body of POST /emails/batch for `count` messages. */
  jsonBatch(firstSeq: number, count: number): Buffer
  /** CRLF lines, without the final dot. */
  mime(seq: number): Buffer
  recipient(seq: number): string
}

interface Template {
  bytes: Buffer
  seqOffsets: number[]
  domainOffsets: number[]
}

/** `run` is hexadecimal, so nothing in it can be taken for a mark. */
export function makeMessages(
  run: string,
  { seed, bytes }: { seed: number; bytes: number },
): MessageMaker {
  const contents = Array.from({ length: bodies }, (_, i) => content(randomFrom(seed + i), bytes))
  const jsons = contents.map((one) => template(JSON.stringify(jsonMessage(run, one))))
  const mimes = contents.map((one) => template(mimeMessage(run, one)))
  const pick = (templates: Template[], seq: number) => templates[seq % bodies] as Template // never empty
  return {
    json: (seq) => stamped(pick(jsons, seq), seq),
    jsonBatch: (firstSeq, count) => {
      const parts: Buffer[] = []
      for (let seq = firstSeq; seq < firstSeq + count; seq++) {
        parts.push(seq === firstSeq ? openBracket : comma, stamped(pick(jsons, seq), seq))
      }
      return Buffer.concat([...parts, closeBracket])
    },
    mime: (seq) => stamped(pick(mimes, seq), seq),
    recipient: (seq) =>
      `u${digits(seq, seqDigits)}@d${digits(seq % recipientDomains, 2)}.bench.test`,
  }
}

const openBracket = Buffer.from('[')
const comma = Buffer.from(',')
const closeBracket = Buffer.from(']')

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

function template(text: string): Template {
  const bytes = Buffer.from(text)
  return {
    bytes,
    seqOffsets: offsetsOf(bytes, seqMark),
    domainOffsets: offsetsOf(bytes, domainMark),
  }
}

function offsetsOf(bytes: Buffer, mark: string): number[] {
  const offsets: number[] = []
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) {
    offsets.push(at)
  }
  return offsets
}

function stamped({ bytes, seqOffsets, domainOffsets }: Template, seq: number): Buffer {
  const copy = Buffer.from(bytes)
  const number = digits(seq, seqDigits)
  const domain = digits(seq % recipientDomains, 2)
  for (const offset of seqOffsets) copy.write(number, offset, 'latin1')
  for (const offset of domainOffsets) copy.write(domain, offset, 'latin1')
  return copy
}

interface Content {
  subject: string
  html: string
  text: string
}

function jsonMessage(run: string, { subject, html, text }: Content) {
  const to = [`u${seqMark}@d${domainMark}.bench.test`]
  return { from: `Bench <${sender}>`, to, subject: numbered(subject, run), html, text }
}

function numbered(subject: string, run: string): string {
  return `${subject} [pb:${run}:${seqMark}]`
}

function mimeMessage(run: string, { subject, html, text }: Content): string {
  const boundary = 'part-7b1f3c'
  const part = (type: string, body: string) =>
    [
      `--${boundary}`,
      `Content-Type: text/${type}; charset=utf-8`,
      'Content-Transfer-Encoding: 7bit',
      '',
      body.replaceAll('\n', '\r\n'),
    ].join('\r\n')
  return [
    `From: Bench <${sender}>`,
    `To: u${seqMark}@d${domainMark}.bench.test`,
    `Subject: ${numbered(subject, run)}`,
    'Date: Mon, 05 Jan 2026 09:30:00 +0000',
    `Message-ID: <${run}.${seqMark}@send.bench.test>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    part('plain', text),
    part('html', html),
    `--${boundary}--`,
    '',
  ].join('\r\n')
}

type Random = () => number

interface Item {
  title: string
  link: string
  lines: [string, string, string]
}

/** The text says part of what the HTML says, as newsletters do. */
function content(random: Random, bytes: number): Content {
  const subject = sentence(random, 5)
  const items: Item[] = []
  let html = htmlStart(subject)
  while (html.length < bytes * 0.72) {
    const item = makeItem(random)
    items.push(item)
    html += htmlItem(item)
  }
  let text = `${subject}\n\n`
  for (const { title, link, lines } of items) {
    if (text.length < bytes * 0.22) text += `${title}\n${lines.join('\n')}\n${link}\n\n`
  }
  return { subject, html: `${html}<p>Number ${seqMark}</p>\n</body></html>\n`, text }
}

function makeItem(random: Random): Item {
  return {
    title: sentence(random, 4),
    link: `https://shop.bench.test/${word(random)}/${hex(random)}?m=${seqMark}`,
    lines: [sentence(random, 14), sentence(random, 11), sentence(random, 17)],
  }
}

function htmlStart(title: string): string {
  return `<!doctype html>
<html><head><meta charset="utf-8"><title>${title}</title></head>
<body style="margin:0;font-family:Helvetica,Arial,sans-serif;color:#222">
<h1 style="font-size:22px">${title}</h1>
`
}

function htmlItem({ title, link, lines }: Item): string {
  return `<div style="padding:12px;border-bottom:1px solid #ddd">
<h2 style="font-size:16px"><a href="${link}" style="color:#06c">${title}</a></h2>
<p style="line-height:1.5">${lines[0]} ${lines[1]}</p>
<p style="line-height:1.5">${lines[2]}</p>
</div>
`
}

function sentence(random: Random, length: number): string {
  const text = Array.from({ length }, () => word(random)).join(' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** Common words come more often, as in real text: the product of two draws leans towards the start of the list. */
function word(random: Random): string {
  return words[Math.floor(random() * random() * words.length)] ?? 'mail'
}

function hex(random: Random): string {
  return Math.floor(random() * 2 ** 32).toString(16)
}

/** Mulberry32: the same numbers for the same seed on every machine. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
