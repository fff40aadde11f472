using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Protocol;
using Spectre.Console;

namespace Lr2vq.Tool.Output;

/// <summary>Shows how far a long command is: a bar on a terminal, now and then a line elsewhere.</summary>
internal static class ProgressDisplay
{
    public static T Run<T>(ToolContext context, string title, bool quiet, Func<IProgress<CompressionProgress>?, T> work)
    {
        if (quiet) return work(null);
        return context.ShowsProgressBars ? RunWithBar(title, work) : work(new ProgressLines(context, title));
    }

    // The drawing library is loaded only here.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T RunWithBar<T>(string title, Func<IProgress<CompressionProgress>?, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        Progress progress = new Progress(console) { AutoClear = true }.Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn());
        return progress.Start(bars =>
        {
            ProgressTask bar = bars.AddTask(Markup.Escape(title), maxValue: 1);
            var clock = Stopwatch.StartNew();
            TimeLeft left = new();
            Lock gate = new();
            return work(new Relay(step =>
            {
                lock (gate)
                {
                    bar.Value = step.Fraction;
                    bar.Description = Markup.Escape($"{title}  {Shorten(step.Stage)}{left.At(clock.Elapsed, step.Fraction)}");
                }
            }));
        });
    }

    private static string Shorten(string stage) => stage.Length <= 40 ? stage.PadRight(40) : stage[..18] + " … " + stage[^19..];

    private sealed class Relay(Action<CompressionProgress> report) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => report(value);
    }

    private sealed class ProgressLines(ToolContext context, string title) : IProgress<CompressionProgress>
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private readonly Lock _gate = new();
        private readonly TimeLeft _left = new();
        private TimeSpan _next = s_pause;

        public void Report(CompressionProgress value)
        {
            lock (_gate)
            {
                if (_clock.Elapsed < _next) return;
                _next = _clock.Elapsed + s_pause;
                context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: {value.Fraction * 100:0} %  {value.Stage}{_left.At(_clock.Elapsed, value.Fraction)}"));
            }
        }
    }
}
