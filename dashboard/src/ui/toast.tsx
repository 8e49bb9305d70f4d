/** Short messages at the edge of the page, read out as they come. What must not be missed belongs in the page itself. */
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { Toast } from 'radix-ui'
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'
import { IconButton } from './button.tsx'

interface Message {
  id: number
  kind: 'good' | 'bad'
  title: string
  detail?: string
}

type Tell = (message: Omit<Message, 'id'>) => void

const shownMax = 4
const shownMs = 6_000
const Teller = createContext<Tell>(() => {})

export function useToast(): Tell {
  return useContext(Teller)
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([])
  const tell = useCallback<Tell>((message) => {
    setMessages((shown) => {
      const id = (shown.at(-1)?.id ?? 0) + 1
      return [...shown, { ...message, id }].slice(-shownMax)
    })
  }, [])
  const drop = (id: number) => setMessages((shown) => shown.filter((one) => one.id !== id))
  return (
    <Teller.Provider value={tell}>
      <Toast.Provider label="Message" duration={shownMs} swipeDirection="right">
        {children}
        {messages.map((message) => (
          <Toast.Root
            key={message.id}
            onOpenChange={(isOpen) => !isOpen && drop(message.id)}
            type={message.kind === 'bad' ? 'foreground' : 'background'}
            className="flex animate-appear items-start gap-3 rounded-xl border border-line bg-raised py-3 pr-2 pl-4 text-ink shadow-raised"
          >
            {message.kind === 'good' ? (
              <CircleCheck className="mt-0.5 size-4.5 shrink-0 text-good" aria-hidden />
            ) : (
              <CircleAlert className="mt-0.5 size-4.5 shrink-0 text-bad" aria-hidden />
            )}
            <div className="grid grow gap-0.5">
              <Toast.Title className="font-medium">{message.title}</Toast.Title>
              {message.detail && (
                <Toast.Description className="text-ink-soft">{message.detail}</Toast.Description>
              )}
            </div>
            <Toast.Close asChild>
              <IconButton label="Dismiss" className="-my-1.5">
                <X aria-hidden />
              </IconButton>
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="fixed right-0 bottom-0 z-60 grid w-full max-w-sm gap-2 p-4 outline-none" />
      </Toast.Provider>
    </Teller.Provider>
  )
}
