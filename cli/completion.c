#include "cli/completion.h"

#include "cli/command.h"

/* " --name" of each. */
static void put_names(struct strbuf *b, const struct option_info *table)
{
    for (; table != NULL && table->name != NULL; table++)
        strbuf_addf(b, " --%s", table->name);
}

/* COMMAND:--option) words ;; of each option that has choices. */
static void put_choices(struct strbuf *b, const char *command, const struct option_info *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        if (table->choices == NULL)
            continue;
        strbuf_addf(b, "    %s:--%s) words='", command, table->name);
        for (const char *p = table->choices; *p != '\0'; p++)
            strbuf_add_bytes(b, *p == '|' ? " " : p, 1);
        strbuf_add(b, "' ;;\n");
    }
}

void completion_bash(struct strbuf *out)
{
    strbuf_add(out, "# bash completion for brds; made by brds help completion\n"
                    "_brds() {\n"
                    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    local command=${COMP_WORDS[1]} words=\n"
                    "    if ((COMP_CWORD == 1)); then\n"
                    "        COMPREPLY=($(compgen -W '--help --version");
    for (size_t i = 0; i < command_count; i++)
        strbuf_addf(out, " %s", command_list[i]->name);
    strbuf_add(out, "' -- \"$word\"))\n        return\n    fi\n    case $command:$before in\n");
    for (size_t i = 0; i < command_count; i++)
        put_choices(out, command_list[i]->name, command_list[i]->options);
    strbuf_add(out,
               "    esac\n    if [[ -z $words && $word == -* ]]; then\n        case $command in\n");
    for (size_t i = 0; i < command_count; i++) {
        strbuf_addf(out, "        %s) words='", command_list[i]->name);
        put_names(out, command_list[i]->options);
        put_names(out, options_common());
        strbuf_add(out, "' ;;\n");
    }
    strbuf_add(out, "        esac\n    fi\n"
                    "    if [[ -n $words ]]; then\n"
                    "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                    "    else\n"
                    "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                    "    fi\n"
                    "}\n"
                    "complete -o filenames -F _brds brds\n");
}
