/** Every component of src/ui on one page, for the tests and for whoever changes them. Never part of the dashboard's bundle. */
import { createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../src/styles.css'
import { Button } from '../src/ui/button.tsx'
import { TextField } from '../src/ui/field.tsx'
import { SignedOut } from '../src/ui/signed-out.tsx'
import { followTheme } from '../src/ui/theme.ts'
import { ToastProvider } from '../src/ui/toast.tsx'
import { ApiPart } from './api-part.tsx'
import { Gallery } from './gallery.tsx'

followTheme()
const root = createRootRoute()
const signedOut = createRoute({
  getParentRoute: () => root,
  path: '/signed-out',
  component: () => (
    <SignedOut title="Sign in to Postern" hint="People sign in here. Programs use an API key.">
      <TextField label="Email address" type="email" autoComplete="username" />
      <TextField label="Password" type="password" autoComplete="current-password" />
      <Button look="primary">Sign in</Button>
    </SignedOut>
  ),
})
const api = createRoute({ getParentRoute: () => root, path: '/calls', component: ApiPart })
const everything = createRoute({ getParentRoute: () => root, path: '$', component: Gallery })
const router = createRouter({ routeTree: root.addChildren([signedOut, api, everything]) })

const place = document.getElementById('root')
if (!place) throw new Error('index.html has no element #root')
createRoot(place).render(
  <StrictMode>
    <ToastProvider>
      <RouterProvider router={router} />
    </ToastProvider>
  </StrictMode>,
)
