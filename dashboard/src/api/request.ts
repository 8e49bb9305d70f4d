/** The one way to the console: JSON, the session's cookie, and the proof of this browser's key on every request. */
import { nowMs } from '../lib/clock.ts'
import { ApiError, readError } from './api-error.ts'
import { browserKey } from './browser-key.ts'
import { proofHeader, proofOf } from './proof.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface ApiRequest {
  method?: Method
  /** Below /api, made by a function of paths.ts or written with `segment`. */
  path: string
  query?: Query | undefined
  body?: unknown
  signal?: AbortSignal
}

export interface ApiHandlers {
  /** Asks for a fresh factor; false when the person would not. */
  stepUp: (error: ApiError) => Promise<boolean>
  signedOut: () => void
}

const base = '/api'
const handlers: ApiHandlers = { stepUp: async () => false, signedOut: () => {} }
let stepUpUnderWay: Promise<boolean> | undefined

/** Registered once each, by the frame of the pages. */
export function setApiHandlers(given: Partial<ApiHandlers>): void {
  Object.assign(handlers, given)
}

/** A value as one segment of a path. */
export function segment(value: string): string {
  return encodeURIComponent(value)
}

export interface ApiFile {
  name: string
  content: Blob
}

/** `Answer` is a type of api/types.ts, which is written from what the console says of itself. */
export async function callApi<Answer>(request: ApiRequest): Promise<Answer> {
  const { text } = await call(request)
  return (text === '' ? undefined : JSON.parse(text)) as Answer // the console checks its answers against their schema
}

/** What is to be kept as a file and not shown. */
export async function callFile(request: ApiRequest): Promise<ApiFile> {
  const { text, headers } = await call(request)
  const name = /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1]
  return { name: name ?? 'export', content: new Blob([text]) }
}

interface Called {
  text: string
  headers: Headers
}

async function call(request: ApiRequest): Promise<Called> {
  try {
    return await callOnce(request)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.code === 'signed_out') handlers.signedOut()
    if (error.code !== 'step_up_needed' || !(await stepUp(error))) throw error
    return await callOnce(request)
  }
}

/** Requests that are refused together ask once. */
function stepUp(error: ApiError): Promise<boolean> {
  stepUpUnderWay ??= handlers.stepUp(error).finally(() => {
    stepUpUnderWay = undefined
  })
  return stepUpUnderWay
}

async function callOnce(request: ApiRequest): Promise<Called> {
  const { method = 'GET', signal } = request
  const pathWithQuery = `${base}${request.path}${queryText(request.query)}`
  const body = request.body === undefined ? '' : JSON.stringify(request.body)
  const { privateKey } = await browserKey()
  const proof = await proofOf(privateKey, { method, pathWithQuery, atMs: nowMs(), body })
  const response = await fetch(pathWithQuery, {
    method,
    headers: {
      accept: 'application/json',
      [proofHeader]: proof,
      ...(body && { 'content-type': 'application/json' }),
    },
    credentials: 'same-origin',
    redirect: 'error',
    ...(body && { body }),
    ...(signal && { signal }),
  }).catch(asApiError)
  const text = await response.text()
  if (!response.ok) throw readError(response.status, text)
  return { text, headers: response.headers }
}

function asApiError(error: unknown): never {
  if (error instanceof DOMException && error.name === 'AbortError') throw error
  throw new ApiError({
    status: 0,
    code: 'unreachable',
    message: 'The console could not be reached. Check the connection and try again.',
  })
}

function queryText(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== '',
  )
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}
