"""Every command once: name, arguments, who may, help and effect; chat, command line and (later) mail share them."""
