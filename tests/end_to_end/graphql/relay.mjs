// Relay's compiler, from here: it looks for what its config names where it is started.
import "relay-compiler/cli.js";
