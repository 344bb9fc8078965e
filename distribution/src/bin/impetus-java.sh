# Sourced by the programs of this folder. Sets
#   IMPETUS_HOME  the distribution that the calling program belongs to, whatever links led to it
#   JAVA          a java of version 25 or later
#   IMPETUS_VM    the options that the server's virtual machine has in any case
# or says what is missing and ends with 1. POSIX sh; works under set -eu.

IMPETUS_HOME=$(dirname "$(dirname "$(readlink -f "$0")")")
export IMPETUS_HOME

IMPETUS_VM="-XX:+UseCompactObjectHeaders -XX:+UseG1GC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

# The jars of lib/ in their order, with a colon between.
impetus_classpath() {
    printf '%s\n' "$IMPETUS_HOME"/lib/*.jar | paste -s -d : -
}

# The file that ec_prepare_classes makes; its name says which JDK and which jars it is for.
impetus_prepared_classes() {
    impetus_sum=$(cat "$(dirname "$(dirname "$(readlink -f "$JAVA")")")/release" "$IMPETUS_HOME"/lib/*.jar 2>/dev/null | cksum)
    echo "$IMPETUS_HOME/lib/prepared-${impetus_sum%% *}.aot"
}

# The major version that a java command reports: 25; nothing where it does not run.
impetus_java_version() {
    "$1" -version 2>&1 | sed -n 's/^[a-z]* version "\([0-9]*\).*/\1/p' | head -n 1
}

# Takes the command as JAVA if it is new enough.
impetus_try_java() {
    [ -x "$1" ] || return 1
    # the release file answers without starting a virtual machine
    impetus_release=$(dirname "$(dirname "$1")")/release
    impetus_found=
    if [ -r "$impetus_release" ]; then
        impetus_found=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$impetus_release")
    fi
    [ -n "$impetus_found" ] || impetus_found=$(impetus_java_version "$1")
    [ "${impetus_found:-0}" -ge 25 ] || return 1
    JAVA=$1
}

# IMPETUS_JAVA_HOME if it is set; otherwise the first that will do of JAVA_HOME, the usual folders, the search path.
impetus_find_java() {
    if [ -n "${IMPETUS_JAVA_HOME-}" ]; then
        impetus_try_java "$IMPETUS_JAVA_HOME/bin/java"
        return
    fi
    if [ -n "${JAVA_HOME-}" ] && impetus_try_java "$JAVA_HOME/bin/java"; then return 0; fi
    for impetus_jdk in /usr/lib/jvm/*25* /usr/lib/jvm/*; do
        if impetus_try_java "$impetus_jdk/bin/java"; then return 0; fi
    done
    impetus_jdk=$(command -v java 2>/dev/null) || return 1
    impetus_try_java "$(readlink -f "$impetus_jdk")"
}

# Reads etc/environment (variables for the server and its programs; each is exported). What the caller
# has set already wins.
impetus_environment() {
    [ -r "$IMPETUS_HOME/etc/environment" ] || return 0
    impetus_conffile=${CONFFILE-} impetus_control=${CONTROL-} impetus_try=${TRY-} impetus_pidfile=${PIDFILE-}
    set -a
    . "$IMPETUS_HOME/etc/environment"
    set +a
    if [ -n "$impetus_conffile" ]; then CONFFILE=$impetus_conffile; fi
    if [ -n "$impetus_control" ]; then CONTROL=$impetus_control; fi
    if [ -n "$impetus_try" ]; then TRY=$impetus_try; fi
    if [ -n "$impetus_pidfile" ]; then PIDFILE=$impetus_pidfile; fi
}

if ! impetus_find_java; then
    if [ -n "${IMPETUS_JAVA_HOME-}" ]; then
        echo "impetus: IMPETUS_JAVA_HOME is $IMPETUS_JAVA_HOME, which holds no JDK 25 or later" >&2
        exit 1
    fi
    echo "impetus: needs a JDK 25 or later; install one (temurin-25-jdk, openjdk-25-jdk-headless) or set JAVA_HOME to it" >&2
    exit 1
fi
