/** A page is a loader and a view, in a file of its own that is fetched when it is first opened. */
import type { QueryClient } from '@tanstack/react-query'
import type { ComponentType } from 'react'

export interface LoaderInput {
  client: QueryClient
  params: Readonly<Record<string, string>>
  search: Readonly<Record<string, unknown>>
}

export interface PageModule {
  /** Title of the window. */
  title: string
  /** Asks for what the view needs, so that it is there when the view is drawn. */
  loader?: (input: LoaderInput) => Promise<unknown>
  View: ComponentType
}

export interface PageEntry {
  path: string
  /** What stands around it. Left out: the navigation, for who is signed in. */
  frame?: 'signed-in' | 'signed-out'
  load: () => Promise<PageModule>
}
