import Handlers
import RouterCommand

await RouterCommand.main(handlers: bundledHandlers + [Dice.self, Quiet.self, Remind.self, Prime.self])
