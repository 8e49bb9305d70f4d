/**
 * What mail programs are known to drop, cut or distrust in a message. It is read, never fetched: a
 * look at the inbox must not open a customer's links.
 */
import type { Display } from './display.ts'
import { readTags, type Tag } from './html-tags.ts'
import { checkLimits } from './limits.ts'
import { type Link, linksInHtml, linksInText } from './links.ts'

export interface Finding {
  /** `warning` costs readers something; `notice` is worth knowing. */
  level: 'warning' | 'notice'
  rule: string
  /** What was found, and what to do. */
  text: string
}

export interface Checks {
  findings: Finding[]
  links: Link[]
}

type Checked = Pick<Display, 'html' | 'text' | 'headers'>

export function checkMessage({ html, text, headers }: Checked): Checks {
  const tags = readTags((html ?? '').slice(0, checkLimits.htmlLengthMax), checkLimits.tagsMax)
  const links = html === null ? linksInText(text ?? '') : linksInHtml(tags)
  const findings = [
    ...partFindings(html, text),
    ...headerFindings(headers),
    ...tagFindings(tags),
    ...linkFindings(links),
  ]
  return { findings, links }
}

function warning(rule: string, text: string): Finding {
  return { level: 'warning', rule, text }
}

function notice(rule: string, text: string): Finding {
  return { level: 'notice', rule, text }
}

function partFindings(html: string | null, text: string | null): Finding[] {
  const findings: Finding[] = []
  if (html === null) return findings
  if ((text ?? '').trim() === '') {
    const advice = 'add one for readers and filters without HTML'
    findings.push(warning('no-text-part', `There is no text part: ${advice}.`))
  }
  const bytes = Buffer.byteLength(html)
  if (bytes > checkLimits.clippedBytes) {
    const size = `${Math.ceil(bytes / 1024)} KB`
    findings.push(warning('too-long', `The HTML has ${size}; Gmail cuts it off after 102 KB.`))
  }
  return findings
}

/** Mail that says it goes to many must say how to leave (RFC 2369, RFC 8058). */
function headerFindings(headers: Checked['headers']): Finding[] {
  const find = (name: string) => headers.find((field) => field.name.toLowerCase() === name)?.value
  if (find('list-unsubscribe') !== undefined) {
    if (find('list-unsubscribe-post') !== undefined) return []
    const text = 'List-Unsubscribe-Post is missing: without it one click does not unsubscribe.'
    return [notice('no-one-click', text)]
  }
  const isBulk = /^\s*(bulk|list)\b/i.test(find('precedence') ?? '')
  if (find('list-id') === undefined && !isBulk) return []
  const text = 'List mail without List-Unsubscribe: large mailbox providers demand it.'
  return [warning('no-unsubscribe', text)]
}

interface TagRule {
  rule: string
  /** For one, and for several. */
  nouns: readonly [string, string]
  isMeant: (tag: Tag) => boolean
  advice: string
}

const tagRules: readonly TagRule[] = [
  {
    rule: 'no-alt',
    nouns: ['image without alt', 'images without alt'],
    isMeant: ({ name, attributes }) => name === 'img' && !attributes.has('alt'),
    advice: 'add a text, or alt="" for mere decoration',
  },
  {
    rule: 'http-image',
    nouns: ['image over http', 'images over http'],
    isMeant: ({ name, attributes }) =>
      name === 'img' && /^\s*http:/i.test(attributes.get('src') ?? ''),
    advice: 'mail programs may refuse to load it; use https',
  },
  {
    rule: 'stylesheet',
    nouns: ['external stylesheet', 'external stylesheets'],
    isMeant: isStylesheet,
    advice: 'mail programs load none; put the rules into style attributes',
  },
  {
    rule: 'script',
    nouns: ['script', 'scripts'],
    isMeant: ({ name }) => name === 'script',
    advice: 'every mail program removes it, and some refuse the message',
  },
  {
    rule: 'form',
    nouns: ['form', 'forms'],
    isMeant: ({ name }) => name === 'form',
    advice: 'most mail programs disable it; link to a page instead',
  },
  {
    rule: 'embedded',
    nouns: ['embedded frame or medium', 'embedded frames or media'],
    isMeant: ({ name }) => embedding.has(name),
    advice: 'mail programs remove it; link to it instead',
  },
  {
    rule: 'event-handler',
    nouns: ['element with an event handler', 'elements with event handlers'],
    isMeant: ({ attributes }) => [...attributes.keys()].some((name) => /^on[a-z]+$/.test(name)),
    advice: 'mail programs remove it',
  },
]

const embedding = new Set(['iframe', 'object', 'embed', 'video', 'audio', 'canvas'])

function tagFindings(tags: readonly Tag[]): Finding[] {
  return tagRules.flatMap(({ rule, nouns, isMeant, advice }) => {
    const count = tags.filter(isMeant).length
    return count === 0 ? [] : [warning(rule, `${counted(count, nouns)}: ${advice}.`)]
  })
}

function linkFindings(links: readonly Link[]): Finding[] {
  const count = links.filter(({ problems }) => problems.length > 0).length
  if (count === 0) return []
  return [
    warning(
      'links',
      `${counted(count, ['link', 'links'])} to look at; the list of links says why.`,
    ),
  ]
}

function counted(count: number, [one, many]: readonly [string, string]): string {
  return `${count} ${count === 1 ? one : many}`
}

function isStylesheet({ name, attributes, text }: Tag): boolean {
  if (name === 'style') return /@import\b/i.test(text)
  return name === 'link' && /\bstylesheet\b/i.test(attributes.get('rel') ?? '')
}
