import { Link } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { buttonClass } from '../ui/button.tsx'
import { SignedOut } from '../ui/signed-out.tsx'

export function NotFound() {
  return (
    <SignedOut
      title="There is no such page"
      hint="The address may be mistyped, or what it led to is gone."
    >
      <Link to={paths.home()} className={buttonClass('primary')}>
        To the start
      </Link>
    </SignedOut>
  )
}
