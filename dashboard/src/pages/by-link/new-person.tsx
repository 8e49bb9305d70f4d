import type { GetLinkAnswer } from '../../api/types.ts'
import { paths } from '../../paths.ts'
import { SignedOut } from '../../ui/signed-out.tsx'
import { loadLink, useLink } from './link.ts'
import { NewPerson } from './new-person-ways.tsx'

export const title = 'Welcome'
export const loader = loadLink

const hints: Partial<Record<GetLinkAnswer['purpose'], string>> = {
  first_owner: 'You are the first owner of this account. It takes a minute.',
  sign_up: 'Your address is yours. Now choose how you sign in.',
}

export function View() {
  const { token, link } = useLink()
  return (
    <SignedOut title="Welcome to Postern" hint={hints[link.purpose]}>
      <NewPerson {...{ token, link }} next={paths.start()} />
    </SignedOut>
  )
}
