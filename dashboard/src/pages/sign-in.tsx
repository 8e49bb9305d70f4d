import { SignedOut } from '../ui/signed-out.tsx'

export const title = 'Sign in'

/** The frame alone: the form comes with the console's sign-in. */
export function View() {
  return (
    <SignedOut title="Sign in to Postern" hint="People sign in here. Programs use an API key." />
  )
}
