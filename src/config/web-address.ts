/** Settings that are the beginning of a web address. */
import { isLoopbackName } from '../lib/loopback.ts'
import type { Parsed } from './settings.ts'

function originOf(text: string): URL | undefined {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  return url && isWeb && `${url.origin}/` === url.href ? url : undefined
}

export function parseOrigin(text: string): Parsed<string> {
  const url = originOf(text)
  if (url) return { value: url.origin }
  return {
    rule: 'be the beginning of a web address, without a path',
    fix: 'write for example POSTERN_PUBLIC_URL=https://mail.example.com',
  }
}

/** Without TLS a session would cross the network as it is, and browsers refuse passkeys. */
export function parseConsoleUrl(text: string): Parsed<string> {
  const url = originOf(text)
  if (url && (url.protocol === 'https:' || isLoopbackName(url.hostname))) {
    return { value: url.origin }
  }
  return {
    rule: 'be the beginning of an https address, without a path; http is for this machine only',
    fix: 'write for example POSTERN_CONSOLE_URL=https://console.example.com',
  }
}
