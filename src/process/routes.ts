/** POSTERN_ROUTES_FILE: lines `recipient-domain  smtp://host:port`, as in transport maps. */
import { readFileSync } from 'node:fs'
import { domainToASCII } from 'node:url'
import { parseSmtpUrl } from '../config/settings.ts'
import type { Route } from './handover.ts'

const routesMax = 100_000

/** Throws an Error that names the line, the rule and the fix. */
export function readRoutes(file: string | null): Route[] {
  if (file === null) return []
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new Error(`POSTERN_ROUTES_FILE must name a readable file; check the path ${file}`)
  }
  return parseRoutes(text, file)
}

export function parseRoutes(text: string, file: string): Route[] {
  const routes = new Map<string, Route>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const place = `${file} line ${index + 1}`
    const route = parseRoute(line)
    if (!route) {
      throw new Error(`${place} must be like: example.com  smtp://relay.example.net:25`)
    }
    if (routes.has(route.domain)) {
      throw new Error(`${place} names ${route.domain} a second time; keep one of the lines`)
    }
    routes.set(route.domain, route)
    if (routes.size > routesMax) throw new Error(`${file} has more than ${routesMax} lines`)
  }
  return [...routes.values()]
}

function parseRoute(line: string): Route | undefined {
  const [name = '', url = '', more] = line.split(/\s+/)
  const target = parseSmtpUrl(url)
  const domain = name === '*' ? '*' : domainOf(name)
  return domain && target && more === undefined ? { domain, ...target } : undefined
}

/** A leading dot stands for the subdomains. */
function domainOf(name: string): string | undefined {
  const dot = name.startsWith('.') ? '.' : ''
  const domain = domainToASCII(name.slice(dot.length))
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(domain) ? dot + domain : undefined
}
