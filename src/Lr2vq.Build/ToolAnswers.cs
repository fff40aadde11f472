using System;
using System.Diagnostics;
using System.Globalization;
using Lr2vq.Diagnostics;
using Lr2vq.Protocol;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>Turns the tool's lines into messages, warnings and errors of the build.</summary>
internal sealed class ToolAnswers(string model, Stopwatch clock, Action<DiagnosticSeverity, ToolAnswer> report, Action<MessageImportance, string> say)
{
    private static readonly TimeSpan s_firstProgress = TimeSpan.FromSeconds(10), s_longestPause = TimeSpan.FromMinutes(1);

    private readonly TimeLeft _left = new();
    private TimeSpan _nextProgress = s_firstProgress;

    /// <summary>Errors that the tool reported.</summary>
    public int Errors { get; private set; }

    /// <summary>Warnings that the tool reported.</summary>
    public int Warnings { get; private set; }

    /// <summary>The last answer of a success.</summary>
    public ToolAnswer? Done { get; private set; }

    public void Take(string line)
    {
        ToolAnswer? answer = ToolAnswer.TryParse(line);
        switch (answer?.Kind)
        {
            case ToolAnswerKind.Progress: Progress(answer); break;
            case ToolAnswerKind.Diagnostic: Diagnostic(answer); break;
            case ToolAnswerKind.Done when answer.Succeeded: Done = answer; break;
            case ToolAnswerKind.Done: break;
            default: say(MessageImportance.Low, answer?.Text ?? line); break;
        }
    }

    private void Progress(ToolAnswer answer)
    {
        bool isDue = clock.Elapsed >= _nextProgress;
        // After 10, 20, 40, 80 seconds, then every minute.
        if (isDue) _nextProgress = clock.Elapsed + (clock.Elapsed < s_longestPause ? clock.Elapsed : s_longestPause);
        say(isDue ? MessageImportance.High : MessageImportance.Low,
            model + ": " + (answer.Fraction * 100).ToString("0", CultureInfo.InvariantCulture) + " % " + answer.Text + _left.At(clock.Elapsed, answer.Fraction));
    }

    private void Diagnostic(ToolAnswer answer)
    {
        DiagnosticSeverity severity = answer.Severity switch
        {
            "error" => DiagnosticSeverity.Error,
            "warning" => DiagnosticSeverity.Warning,
            _ => DiagnosticSeverity.Info,
        };
        if (severity == DiagnosticSeverity.Error) Errors++;
        if (severity == DiagnosticSeverity.Warning) Warnings++;
        report(severity, answer);
    }
}
