using System.CommandLine;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq completion SHELL</c>: a script that makes a shell complete our commands, options and words.</summary>
/// <remarks>The scripts ask the tool itself (<c>lr2vq [suggest:POSITION] "LINE"</c>), so they never go out of date.</remarks>
internal static class CompletionCommand
{
    private const string Bash = """
        # lr2vq completion for bash:  source <(lr2vq completion bash)
        _lr2vq() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(lr2vq "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _lr2vq lr2vq

        """;

    private const string Zsh = """
        #compdef lr2vq
        # lr2vq completion for zsh:  source <(lr2vq completion zsh)
        _lr2vq() {
            local -a words_found
            words_found=("${(@f)$(lr2vq "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -- ${words_found:#}
            _files
        }
        compdef _lr2vq lr2vq

        """;

    private const string Fish = """
        # lr2vq completion for fish:  lr2vq completion fish | source
        complete -c lr2vq -a '(lr2vq "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'

        """;

    private const string Pwsh = """
        # lr2vq completion for PowerShell:  lr2vq completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName lr2vq -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            lr2vq "[suggest:$cursorPosition]" "$commandAst" 2>$null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;

    public static Command Create(ToolContext context)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        Command command = new("completion", "Prints the completion script of a shell.") { shell };
        command.SetAction(parsed =>
        {
            context.Output.Write(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => Pwsh });
            return ExitCode.Done;
        });
        return command;
    }
}
