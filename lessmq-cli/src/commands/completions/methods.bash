
# The methods of live services, for the commands that take one.
_lessmq__cli_methods() {
    _lessmq__cli "$@"
    # Bash splits words at `@`, which is part of the name of a later version.
    local current=${COMP_LINE:0:${COMP_POINT:-${#COMP_LINE}}} url=$LESSMQ_URL namespace=${LESSMQ_NAMESPACE:-lessmq} kinds
    current=${current##*[[:space:]]}
    case ${COMP_WORDS[1]} in
        call) kinds="--kind call" ;;
        send) kinds="--kind command --kind event" ;;
        listen) kinds="--kind event" ;;
        methods) kinds="" ;;
        *) return 0 ;;
    esac
    # Bash splits an address at its colons, so it is taken from the whole line.
    if [[ $COMP_LINE =~ ([a-z]+://[^[:space:]\'\"]+) ]]; then url=${BASH_REMATCH[1]}; fi
    if [[ $COMP_LINE =~ --namespace[=[:space:]]+([^[:space:]]+) ]]; then namespace=${BASH_REMATCH[1]}; fi
    if [[ -z $url || $current == -* || $current == *[:/]* ]]; then return 0; fi
    COMPREPLY=($(LESSMQ_URL=$url LESSMQ_NAMESPACE=$namespace "$1" methods --names --wait 300 $kinds -- "$current" 2>/dev/null))
    if [[ $current == *@* && $COMP_WORDBREAKS == *@* ]]; then COMPREPLY=("${COMPREPLY[@]#"${current%@*}@"}"); fi
}

complete -F _lessmq__cli_methods -o bashdefault -o default lessmq-cli
