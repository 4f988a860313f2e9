/* Completions for bash, zsh and fish. */
#include "commands/docs_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The names of a network's layers, a line each, from the program itself. */
#define LAYER_NAMES_OF "isplit layers "
#define LAYER_NAMES "--layers all --format csv --columns name 2>/dev/null | tail -n +2"

/* The names of the subsets that were saved on the screen, as -c takes them. */
#define SUBSET_NAMES "isplit docs subsets 2>/dev/null | sed 's/^/@/'"

/* Whether an option of this name was met in a command before: it means the same there. */
static bool is_known(int command, const char *name)
{
    for (int i = 0; i < command; i++)
        for (int k = 0; k < docs_command(i)->entries_n; k++)
            if (strcmp(docs_command(i)->entries[k].name, name) == 0)
                return true;
    return false;
}

static void print_words(FILE *out, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", words[i]);
}

/* ---- bash ----------------------------------------------------------------------------------------- */

static void bash_commands(FILE *out, const char *separator)
{
    for (int i = 1; docs_command(i); i++)
        fprintf(out, "%s%s", i > 1 ? separator : "", docs_command(i)->name);
}

/* "-d|--data", as a pattern. */
static void bash_pattern(FILE *out, const struct option_entry *entry)
{
    if (entry->letter)
        fprintf(out, "-%c|", entry->letter);
    fprintf(out, "--%s)", entry->name);
}

/* What the word after an option is completed with. */
static void bash_arguments(FILE *out)
{
    fputs("    case $before in\n", out);
    for (int i = 0; docs_command(i); i++)
        for (int k = 0; k < docs_command(i)->entries_n; k++) {
            const struct option_entry *entry = &docs_command(i)->entries[k];
            enum docs_argument argument = docs_argument(entry);
            if (is_known(i, entry->name) || argument == DOCS_NONE)
                continue;
            fputs("    ", out);
            bash_pattern(out, entry);
            if (argument == DOCS_WORDS) {
                fputs(" COMPREPLY=($(compgen -W '", out);
                print_words(out, docs_argument_words(entry));
                fputs("' -- \"$word\"));", out);
            } else if (argument == DOCS_LAYERS) {
                fputs(" _isplit_layers \"$word\";", out);
            } else if (argument == DOCS_CLASSES) {
                fputs(" _isplit_subsets \"$word\" \"$at\";", out);
            } else if (argument == DOCS_FILES) {
                fputs(" _isplit_files \"$word\";", out);
            } else if (argument == DOCS_COMMAND) {
                fputs(" mapfile -t COMPREPLY < <(compgen -c -- \"$word\");", out);
            }
            fputs(" return ;;\n", out);
        }
    fputs("    esac\n", out);
}

static void bash_options(FILE *out)
{
    fputs("        case $command in\n", out);
    for (int i = 0; docs_command(i); i++) {
        fprintf(out, "        %s) options='", docs_command(i)->name);
        for (int k = 0; k < docs_command(i)->entries_n; k++) {
            const struct option_entry *entry = &docs_command(i)->entries[k];
            if (entry->letter)
                fprintf(out, "-%c ", entry->letter);
            fprintf(out, "--%s%s", entry->name, k + 1 < docs_command(i)->entries_n ? " " : "");
        }
        fprintf(out, "%s' ;;\n", i ? "" : " --version");
    }
    fputs("        esac\n", out);
}

/* Commands whose first argument is a word of their own. */
static void bash_first_words(FILE *out)
{
    for (int i = 0; docs_command(i); i++) {
        if (!docs_command(i)->words)
            continue;
        fprintf(out,
                "    elif [[ $command == %s && $COMP_CWORD -eq 2 ]]; then\n"
                "        COMPREPLY=($(compgen -W '",
                docs_command(i)->name);
        print_words(out, docs_command(i)->words);
        fputs("' -- \"$word\"))\n", out);
    }
}

static void bash_helpers(FILE *out)
{
    fputs("_isplit_files()\n"
          "{\n"
          "    compopt -o filenames 2>/dev/null\n"
          "    mapfile -t COMPREPLY < <(compgen -f -- \"$1\")\n"
          "}\n\n"
          "_isplit_subsets()\n"
          "{\n"
          "    local name\n"
          "    while IFS= read -r name; do\n"
          "        [[ ${name#\"$2\"} == \"$1\"* ]] && COMPREPLY+=(\"$(printf %q \"${name#\"$2\"}\")\")\n"
          "    done < <(" SUBSET_NAMES ")\n"
          "}\n\n"
          "_isplit_layers()\n"
          "{\n"
          "    local cfg\n"
          "    for cfg in \"${COMP_WORDS[@]}\"; do\n"
          "        [[ $cfg == *.cfg ]] || continue\n"
          "        COMPREPLY=($(compgen -W \"$(" LAYER_NAMES_OF "\"$cfg\" " LAYER_NAMES ")\" -- \"$1\"))\n"
          "        return\n"
          "    done\n"
          "}\n\n",
          out);
}

/* What is completed: the word, the option or word before it, and what was typed of an expression. */
static void bash_word(FILE *out)
{
    fputs("_isplit()\n"
          "{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command=screen options=\n"
          "    COMPREPLY=()\n"
          "    # --name=value comes as three words.\n"
          "    if [[ $word == '=' ]]; then\n"
          "        word=\n"
          "    elif [[ $before == '=' ]]; then\n"
          "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"
          "    # An @ is a word, too: what stands behind it is completed, for the option before.\n"
          "    local at= option=$((COMP_CWORD - 2))\n"
          "    if [[ $before == *@ ]]; then\n"
          "        at=@\n"
          "        while ((option > 0)) && [[ ${COMP_WORDS[option]} != -* ]]; do ((option--)); done\n"
          "        before=${COMP_WORDS[option]}\n"
          "    fi\n"
          "    if ((COMP_CWORD > 1)); then\n"
          "        case ${COMP_WORDS[1]} in\n"
          "        ",
          out);
}

void docs_bash(FILE *out)
{
    fputs("# Completion of isplit for bash; made by `isplit docs bash`.\n", out);
    bash_helpers(out);
    bash_word(out);
    bash_commands(out, "|");
    fputs(") command=${COMP_WORDS[1]} ;;\n"
          "        esac\n"
          "    fi\n",
          out);
    bash_arguments(out);
    fputs("    if [[ $word == -* ]]; then\n", out);
    bash_options(out);
    fputs("        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n", out);
    bash_first_words(out);
    fputs("    else\n"
          "        _isplit_files \"$word\"\n"
          "        if ((COMP_CWORD == 1)); then\n"
          "            COMPREPLY+=($(compgen -W '",
          out);
    bash_commands(out, " ");
    fputs("' -- \"$word\"))\n"
          "        fi\n"
          "    fi\n"
          "}\n\n"
          "complete -F _isplit isplit\n",
          out);
}

/* ---- zsh ------------------------------------------------------------------------------------------ */

/* Within single quotes; brackets and colons end parts of a specification. */
static void zsh_text(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *p))
            fprintf(out, "\\%c", *p);
        else
            fputc(*p == '\n' ? ' ' : *p, out);
    }
}

static void zsh_option(FILE *out, const struct option_entry *entry)
{
    enum docs_argument argument = docs_argument(entry);
    const char *equals = argument == DOCS_NONE ? "" : "=";
    fputs("    ", out);
    if (entry->letter)
        fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", entry->letter, entry->name, entry->letter,
                argument == DOCS_NONE ? "" : "+", entry->name, equals);
    else
        fprintf(out, "'--%s%s[", entry->name, equals);
    zsh_text(out, entry->help);
    fputc(']', out);
    if (argument != DOCS_NONE)
        fprintf(out, ":%s:", entry->argument);
    if (argument == DOCS_WORDS) {
        fputc('(', out);
        print_words(out, docs_argument_words(entry));
        fputc(')', out);
    } else if (argument == DOCS_FILES) {
        fputs("_files", out);
    } else if (argument == DOCS_LAYERS) {
        fputs("_isplit_layers", out);
    } else if (argument == DOCS_CLASSES) {
        fputs("_isplit_subsets", out);
    } else if (argument == DOCS_COMMAND) {
        fputs("_cmdstring", out);
    } else if (argument == DOCS_FREE) {
        fputc(' ', out);
    }
    fputs("' \\\n", out);
}

/* The words beside the options. */
static void zsh_rest(FILE *out, const struct option_command *command)
{
    if (command->words) {
        fputs("    '1:what:(", out);
        print_words(out, command->words);
        fputs(command->arguments_max == 1 ? ")'\n" : ")' '*:file:_files'\n", out);
    } else if (command->unnamed) {
        fputs("    '--version[versions of the program and its parts]' \\\n"
              "    '1:command or network:_isplit_first' '2:weights:_files'\n",
              out);
    } else {
        fputs("    '*:file:_files'\n", out);
    }
}

static void zsh_commands(FILE *out)
{
    fputs("  local -a commands\n  commands=(\n", out);
    for (int i = 1; docs_command(i); i++) {
        char *summary = docs_sentence(docs_command(i)->summary);
        fprintf(out, "    '%s:", docs_command(i)->name);
        zsh_text(out, summary);
        fputs("'\n", out);
        free(summary);
    }
    fputs("  )\n", out);
}

void docs_zsh(FILE *out)
{
    fputs("#compdef isplit\n"
          "# Completion of isplit for zsh; made by `isplit docs zsh`.\n\n"
          "_isplit_first() {\n",
          out);
    zsh_commands(out);
    fputs("  _describe -t commands command commands\n"
          "  _files\n"
          "}\n\n"
          "_isplit_subsets() {\n"
          "  compadd -- ${(f)\"$(" SUBSET_NAMES ")\"}\n"
          "}\n\n"
          "_isplit_layers() {\n"
          "  local cfg=${words[(r)*.cfg]}\n"
          "  [[ -n $cfg ]] && compadd -- ${(f)\"$(" LAYER_NAMES_OF "$cfg " LAYER_NAMES ")\"}\n"
          "}\n\n"
          "_isplit() {\n"
          "  local command=screen\n"
          "  if (( CURRENT > 2 )); then\n"
          "    case $words[2] in\n"
          "    (",
          out);
    bash_commands(out, "|");
    fputs(")\n"
          "      command=$words[2]\n"
          "      shift words\n"
          "      (( CURRENT-- ))\n"
          "      ;;\n"
          "    esac\n"
          "  fi\n"
          "  case $command in\n",
          out);
    for (int i = 0; docs_command(i); i++) {
        fprintf(out, "  (%s)\n    _arguments -s -S \\\n", docs_command(i)->name);
        for (int k = 0; k < docs_command(i)->entries_n; k++)
            zsh_option(out, &docs_command(i)->entries[k]);
        zsh_rest(out, docs_command(i));
        fputs("    ;;\n", out);
    }
    fputs("  esac\n"
          "}\n\n"
          "_isplit \"$@\"\n",
          out);
}

/* ---- fish ----------------------------------------------------------------------------------------- */

/* Within single quotes. */
static void fish_text(FILE *out, const char *text)
{
    fputc('\'', out);
    for (const char *p = text; *p; p++)
        fprintf(out, *p == '\'' || *p == '\\' ? "\\%c" : "%c", *p == '\n' ? ' ' : *p);
    fputc('\'', out);
}

/* Where an option of a command means something: behind its word, or, of the screen, where there is none. */
static void fish_where(FILE *out, int command)
{
    fprintf(out, "complete -c isplit -n '%s__fish_seen_subcommand_from ", command ? "" : "not ");
    if (command)
        fputs(docs_command(command)->name, out);
    else
        bash_commands(out, " ");
    fputc('\'', out);
}

static void fish_option(FILE *out, int command, const struct option_entry *entry)
{
    static const char *const arguments[] = {[DOCS_NONE] = "",
                                            [DOCS_FILES] = " -r -F",
                                            [DOCS_WORDS] = " -x",
                                            [DOCS_COMMAND] = " -x -a '(__fish_complete_command)'",
                                            [DOCS_LAYERS] = " -x -a '(__isplit_layers)'",
                                            [DOCS_CLASSES] = " -x -a '(__isplit_subsets)'",
                                            [DOCS_FREE] = " -x"};
    enum docs_argument argument = docs_argument(entry);
    fish_where(out, command);
    if (entry->letter)
        fprintf(out, " -s %c", entry->letter);
    fprintf(out, " -l %s%s", entry->name, arguments[argument]);
    if (argument == DOCS_WORDS) {
        fputs(" -a '", out);
        print_words(out, docs_argument_words(entry));
        fputc('\'', out);
    }
    fputs(" -d ", out);
    fish_text(out, entry->help);
    fputc('\n', out);
}

void docs_fish(FILE *out)
{
    fputs("# Completion of isplit for fish; made by `isplit docs fish`.\n"
          "function __isplit_subsets\n"
          "    " SUBSET_NAMES "\n"
          "end\n\n"
          "function __isplit_layers\n"
          "    set -l cfg (string match -- '*.cfg' (commandline -opc))\n"
          "    test -n \"$cfg[1]\"; and " LAYER_NAMES_OF "$cfg[1] " LAYER_NAMES "\n"
          "end\n\n",
          out);
    for (int i = 0; docs_command(i); i++) {
        char *summary = docs_sentence(docs_command(i)->summary);
        if (i > 0) {
            fprintf(out, "complete -c isplit -n __fish_use_subcommand -a %s -d ", docs_command(i)->name);
            fish_text(out, summary);
            fputc('\n', out);
        }
        free(summary);
        if (docs_command(i)->words) {
            fish_where(out, i);
            fputs(" -a '", out);
            print_words(out, docs_command(i)->words);
            fputs("'\n", out);
        }
        for (int k = 0; k < docs_command(i)->entries_n; k++)
            fish_option(out, i, &docs_command(i)->entries[k]);
    }
}
