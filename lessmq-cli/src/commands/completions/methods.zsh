# The methods of live services, for the commands that take one.
_lessmq-cli_methods() {
    local url=${(Q)words[(r)*://*]} namespace=${LESSMQ_NAMESPACE:-lessmq} at=${words[(i)--namespace]}
    local -a kinds names
    [[ -n $url ]] || url=$LESSMQ_URL
    [[ -n $url ]] || { _default; return }
    (( at < $#words )) && namespace=$words[at+1]
    case ${words[(r)(call|send|listen|methods)]} in
        call) kinds=(--kind call) ;;
        send) kinds=(--kind command --kind event) ;;
        listen) kinds=(--kind event) ;;
    esac
    names=(${(f)"$(LESSMQ_URL=$url LESSMQ_NAMESPACE=$namespace lessmq-cli methods --names --wait 300 $kinds -- "$PREFIX" 2>/dev/null)"})
    compadd -- $names
}

