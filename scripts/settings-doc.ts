/** Writes docs/operating/settings.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { settingsPage } from '../src/config/settings-doc.ts'

const folder = new URL('../docs/operating/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('settings.md', folder), settingsPage())
