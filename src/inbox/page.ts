/**
 * The files of the page, in memory: once the process has become its own user it may be unable to
 * read them.
 */
import { readFileSync } from 'node:fs'

export interface PageFile {
  contentType: string
  bytes: Buffer
}

const contentTypes = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

function pageFile(name: string, type: keyof typeof contentTypes): PageFile {
  const bytes = readFileSync(new URL(`./page/${name}.${type}`, import.meta.url))
  return { contentType: contentTypes[type], bytes }
}

export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ['/', pageFile('index', 'html')],
  ['/page.css', pageFile('page', 'css')],
  ['/controls.css', pageFile('controls', 'css')],
  ['/states.css', pageFile('states', 'css')],
  ['/list.css', pageFile('list', 'css')],
  ['/message.css', pageFile('message', 'css')],
  ['/findings.css', pageFile('findings', 'css')],
  ['/page.js', pageFile('page', 'js')],
  ['/list.js', pageFile('list', 'js')],
  ['/message.js', pageFile('message', 'js')],
  ['/findings.js', pageFile('findings', 'js')],
  ['/keys.js', pageFile('keys', 'js')],
  ['/copy.js', pageFile('copy', 'js')],
  ['/read-marks.js', pageFile('read-marks', 'js')],
  ['/request.js', pageFile('request', 'js')],
  ['/icon.svg', pageFile('icon', 'svg')],
])
