
# The methods of live services, for the commands that take one.
function __lessmq_cli_methods
    set -l words (commandline -opc)
    set -l url (string match -- '*://*' $words)[1]
    set -l namespace lessmq
    set -q LESSMQ_NAMESPACE; and set namespace $LESSMQ_NAMESPACE
    if set -l at (contains -i -- --namespace $words)
        set namespace $words[(math $at + 1)]
    end
    test -n "$url"; or set url $LESSMQ_URL
    test -n "$url"; or return
    LESSMQ_URL=$url LESSMQ_NAMESPACE=$namespace lessmq-cli methods --names --wait 300 $argv -- (commandline -ct) 2>/dev/null
end
complete -c lessmq-cli -n "__fish_lessmq_cli_using_subcommand call" -f -a "(__lessmq_cli_methods --kind call)"
complete -c lessmq-cli -n "__fish_lessmq_cli_using_subcommand send" -f -a "(__lessmq_cli_methods --kind command --kind event)"
complete -c lessmq-cli -n "__fish_lessmq_cli_using_subcommand listen" -f -a "(__lessmq_cli_methods --kind event)"
complete -c lessmq-cli -n "__fish_lessmq_cli_using_subcommand methods" -f -a "(__lessmq_cli_methods)"
