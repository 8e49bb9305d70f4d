/**
 * The key this browser keeps: made here, kept in IndexedDB, never to be exported, not even by our own code. A session is
 * bound to it, so that a stolen cookie is of no use elsewhere.
 */
import { base64url } from './proof.ts'

const databaseName = 'postern'
const storeName = 'keys'
const keyName = 'session'

let known: Promise<CryptoKeyPair> | undefined

/** The same pair each time, and in every window of this browser. */
export function browserKey(): Promise<CryptoKeyPair> {
  known ??= findOrMake().catch((error: unknown) => {
    known = undefined
    throw error
  })
  return known
}

/** The uncompressed point (65 bytes) in base64url: what a request to sign in binds its session to. */
export async function browserPublicKey(): Promise<string> {
  const { publicKey } = await browserKey()
  return base64url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)))
}

async function findOrMake(): Promise<CryptoKeyPair> {
  const database = await open()
  try {
    const kept = await find(database)
    if (kept) return kept
    const made = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
    ])
    // Another window may have been faster: `add` then fails, and the key that is there counts.
    await settled(store(database, 'readwrite').add(made, keyName)).catch(() => undefined)
    const agreed = await find(database)
    if (!agreed) throw new Error('this browser keeps no keys: allow this site to store data')
    return agreed
  } finally {
    database.close()
  }
}

async function find(database: IDBDatabase): Promise<CryptoKeyPair | undefined> {
  return (await settled(store(database, 'readonly').get(keyName))) as CryptoKeyPair | undefined // only pairs are put there
}

function store(database: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore {
  return database.transaction(storeName, mode).objectStore(storeName)
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(storeName)
  return settled(request)
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = (event) => {
      // The transaction would be ended by it, and the window told of an error nobody caught.
      event.preventDefault()
      reject(request.error ?? new Error('IndexedDB failed'))
    }
  })
}
