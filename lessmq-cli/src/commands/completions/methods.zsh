# The methods of live services, for the commands that take one.
_lessmq-cli_methods() {
    # `words` may lack the words before this argument.
    local -a kinds names line=(${(Q)${(z)BUFFER}})
    local url=${line[(r)*://*]} namespace=${LESSMQ_NAMESPACE:-lessmq} at=${line[(i)--namespace]}
    [[ -n $url ]] || url=$LESSMQ_URL
    [[ -n $url ]] || { _default; return }
    (( at < $#line )) && namespace=$line[at+1]
    case ${line[(r)(call|send|listen|methods)]} in
        call) kinds=(--kind call) ;;
        send) kinds=(--kind command --kind event) ;;
        listen) kinds=(--kind event) ;;
    esac
    names=(${(f)"$(LESSMQ_URL=$url LESSMQ_NAMESPACE=$namespace lessmq-cli methods --names --wait 300 $kinds -- "$PREFIX" 2>/dev/null)"})
    compadd -- $names
}

