import Handlers
import RouterCommand

await RouterCommand.main(handlers: bundledHandlers + [Shout.self])
