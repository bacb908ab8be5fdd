"""Every command once: name, arguments, who may, help and effect; chat, mail and command line share them."""
