/**
 * Opens an export into a folder, anywhere, with nothing but its key. The folder appears when everything in it is what the
 * manifest says; of a file that is cut, changed or for another key nothing is left behind.
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { openStream } from '../../lib/sealed-stream.ts'
import { exportFormat, type Manifest, manifestName, type StoredContent } from './archive.ts'
import { ArchiveFault, isArchiveName, readPieces } from './read-archive.ts'

export interface OpenedExport {
  manifest: Manifest
  /** hex, as the ledger has it. */
  manifestHash: string
}

const readBytes = 1024 * 1024

/** `folder` must not be there, or be empty. */
export async function openExport({
  file,
  key,
  folder,
}: {
  file: string
  key: Buffer
  folder: string
}): Promise<OpenedExport> {
  const target = resolve(folder)
  const unfinished = join(dirname(target), `.${basename(target)}.unfinished-${process.pid}`)
  await mkdir(join(unfinished, 'messages'), { recursive: true, mode: 0o700 })
  try {
    const source = createReadStream(file, { highWaterMark: readBytes })
    const written = await writeFiles(openStream(source, key), unfinished)
    const opened = await readManifest(unfinished, written)
    await demandContents(unfinished, opened.manifest)
    if (existsSync(target)) await rmdir(target)
    await rename(unfinished, target)
    return opened
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

export function isEmptyOrMissing(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0
}

interface Written {
  bytes: number
  hash: Hash
}

/** Files of rows stay open; of contents one at a time. The manifest ends it. */
async function writeFiles(
  source: AsyncIterable<Buffer>,
  folder: string,
): Promise<Map<string, Written>> {
  const written = new Map<string, Written>()
  const handles = new Map<string, FileHandle>()
  let content: { file: string; handle: FileHandle } | undefined
  try {
    for await (const { file, bytes } of readPieces(source)) {
      if (written.has(manifestName) && file !== manifestName) {
        throw new ArchiveFault('something stands behind its manifest')
      }
      if (file.includes('/')) {
        if (content?.file !== file) {
          await content?.handle.close()
          content = { file, handle: await open(join(folder, file), 'wx', 0o600) }
        }
        await content.handle.writeFile(bytes)
        continue
      }
      const counted = written.get(file) ?? { bytes: 0, hash: createHash('sha256') }
      written.set(file, counted)
      const handle = handles.get(file) ?? (await open(join(folder, file), 'wx', 0o600))
      handles.set(file, handle)
      counted.bytes += bytes.length
      counted.hash.update(bytes)
      await handle.writeFile(bytes)
    }
  } finally {
    for (const handle of [...handles.values(), ...(content ? [content.handle] : [])]) {
      await handle.close()
    }
  }
  return written
}

async function readManifest(
  folder: string,
  written: ReadonlyMap<string, Written>,
): Promise<OpenedExport> {
  const own = written.get(manifestName)
  if (!own) throw new ArchiveFault('it has no manifest')
  const manifest = parseManifest(await readFile(join(folder, manifestName), 'utf8'))
  const named = new Map(manifest.files.map((one) => [one.name, one]))
  for (const [file, { bytes, hash }] of written) {
    if (file === manifestName) continue
    const claimed = named.get(file)
    if (!claimed) throw new ArchiveFault(`its manifest does not name ${file}`)
    if (claimed.bytes !== bytes || claimed.sha256 !== hash.digest('hex')) {
      throw new ArchiveFault(`${file} is not what the manifest says`)
    }
  }
  for (const name of named.keys()) {
    if (!written.has(name)) throw new ArchiveFault(`${name} is missing`)
  }
  return { manifest, manifestHash: own.hash.digest('hex') }
}

function parseManifest(text: string): Manifest {
  const said = parseRow<Partial<Manifest>>(text, manifestName)
  const isOurs =
    said.format === exportFormat && Array.isArray(said.files) && said.contents !== undefined
  if (isOurs) return said as Manifest // what it claims of files is compared with them
  throw new ArchiveFault(`its format is not "${exportFormat}"; use the Postern that made it`)
}

/** Objects alone: of anybody's making, as the whole file is. */
function parseRow<Row extends object>(text: string, file: string): Row {
  try {
    const row: unknown = JSON.parse(text)
    if (typeof row === 'object' && row !== null) return row as Row // its fields are compared, or may be missing
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new ArchiveFault(`${file} is not written as JSON objects`)
}

/** Each content is what the row of its message says, and there are as many as the manifest says. */
async function demandContents(folder: string, { files, contents }: Manifest): Promise<void> {
  let found = 0
  if (files.some(({ name }) => name === 'messages.ndjson')) {
    for await (const line of linesOf(join(folder, 'messages.ndjson'))) {
      const { content } = parseRow<{ content?: StoredContent | null }>(line, 'messages.ndjson')
      if (!content) continue
      found += 1
      if (!isArchiveName(content.file)) throw new ArchiveFault('a row names a strange file')
      const bytes = await readFile(join(folder, content.file)).catch(() => undefined)
      if (!bytes) throw new ArchiveFault(`${content.file} is missing`)
      const hash = createHash('sha256').update(bytes).digest('hex')
      if (bytes.length !== content.bytes || hash !== content.sha256) {
        throw new ArchiveFault(`${content.file} is not what its message's row says`)
      }
    }
  }
  const there = readdirSync(join(folder, 'messages')).length
  if (found !== contents.files || there !== found) {
    throw new ArchiveFault(
      `it has ${there} contents, its rows name ${found} and its manifest ${contents.files}`,
    )
  }
}

/** At line feeds alone: JSON keeps other ends of a line within its texts. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let held: Buffer[] = []
  for await (const part of createReadStream(file, { highWaterMark: readBytes })) {
    let at = 0
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, at)) {
      yield Buffer.concat([...held, part.subarray(at, end)]).toString('utf8')
      held = []
      at = end + 1
    }
    held.push(part.subarray(at))
  }
}
