/** The links of a message, judged by how they are written; nothing is fetched. */
import { isIP } from 'node:net'
import type { Tag } from './html-tags.ts'
import { checkLimits } from './limits.ts'

export interface Link {
  url: string
  /** Null for `mailto:` and its like. */
  host: string | null
  /** What the reader sees, shortened. */
  text: string
  problems: string[]
}

const textMax = 120
/** A text that is itself an address, with or without `https://`. */
const addressText = /^(?:https?:\/\/)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[:/?#]|$)/i

export function linksInHtml(tags: readonly Tag[]): Link[] {
  const links: Link[] = []
  for (const [i, { name, attributes }] of tags.entries()) {
    const href = attributes.get('href')?.trim()
    if ((name !== 'a' && name !== 'area') || href === undefined) continue
    links.push(judgeLink(href, name === 'a' ? textOfAnchor(tags, i) : ''))
    if (links.length >= checkLimits.linksMax) break
  }
  return links
}

export function linksInText(text: string): Link[] {
  const found = text.slice(0, checkLimits.htmlLengthMax).matchAll(/https?:\/\/[^\s<>"']{1,2000}/g)
  const urls = new Set<string>()
  for (const [url] of found) {
    urls.add(url.replace(/[.,;:!?)\]]+$/, ''))
    if (urls.size >= checkLimits.linksMax) break
  }
  return [...urls].map((url) => judgeLink(url, ''))
}

/** The text up to the end of the anchor; an image stands for its description. */
function textOfAnchor(tags: readonly Tag[], start: number): string {
  let text = ''
  for (const { name, attributes, text: following } of tags.slice(start, start + 50)) {
    if (name === '/a') break
    if (name === 'img') text += attributes.get('alt') ?? ''
    if (name !== 'style' && name !== 'script') text += following
    if (text.length > 2 * textMax) break
  }
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, textMax)
}

function judgeLink(url: string, text: string): Link {
  const parsed = URL.parse(url)
  if (!parsed) {
    const problem = url === '' || url === '#' ? 'leads nowhere' : 'is no whole address'
    return { url, host: null, text, problems: [problem] }
  }
  const isWeb = parsed.protocol === 'http:' || parsed.protocol === 'https:'
  const host = isWeb ? parsed.hostname : null
  return { url, host, text, problems: isWeb ? webProblems(parsed, text) : otherProblems(parsed) }
}

function webProblems({ protocol, hostname, username }: URL, text: string): string[] {
  const problems: string[] = []
  if (protocol === 'http:') problems.push('is not encrypted: http, not https')
  if (isIP(hostname.replace(/^\[|\]$/g, '')) > 0) problems.push('names a number, not a domain')
  if (username !== '') problems.push('hides its host behind a user name')
  const shown = addressText.exec(text)?.[1]?.toLowerCase()
  if (shown !== undefined && !isSameSite(shown, hostname)) {
    problems.push(`shows ${shown} and leads to ${hostname}`)
  }
  return problems
}

function otherProblems({ protocol }: URL): string[] {
  const known = new Set(['mailto:', 'tel:', 'sms:'])
  return known.has(protocol) ? [] : [`${protocol} is dropped by mail programs`]
}

/** `www.example.com` may show as `example.com`, and the other way round. */
function isSameSite(shown: string, host: string): boolean {
  const plain = (name: string) => name.replace(/^www\./, '')
  return plain(shown) === plain(host)
}
