import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { makeQueryClient } from './api/queries.ts'
import { setApiHandlers } from './api/request.ts'
import { sessionQuery } from './frame/session.ts'
import './lib/arrived-at.ts'
import { paths } from './paths.ts'
import { makeRouter } from './routes.tsx'
import './styles.css'
import { followTheme } from './ui/theme.ts'
import { ToastProvider } from './ui/toast.tsx'

followTheme()
const client = makeQueryClient()
const router = makeRouter(client)
setApiHandlers({
  signedOut: () => {
    // Whoever was not in before is told by the page itself.
    if (client.getQueryData(sessionQuery.queryKey) === undefined) return
    client.clear()
    router.history.replace(paths.signIn(location.pathname + location.search))
  },
})

const place = document.getElementById('root')
if (!place) throw new Error('index.html has no element #root')
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <ToastProvider>
        <RouterProvider router={router} />
      </ToastProvider>
    </QueryClientProvider>
  </StrictMode>,
)
