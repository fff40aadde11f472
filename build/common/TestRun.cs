using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Lr2vq.Building;

/// <summary>A test program (xunit.v3).</summary>
/// <param name="Title">What is printed for it.</param>
/// <param name="Assembly">Its path.</param>
/// <param name="Arguments">Filters.</param>
/// <param name="Environment">Variables of the process.</param>
internal sealed record TestProgram(string Title, string Assembly, string[] Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>What starts the assembly, with arguments in front of its path.</summary>
    public (string Program, string[] Arguments) Host { get; init; } = ("dotnet", []);
}

/// <summary>Runs test programs and counts over all of them.</summary>
internal sealed class TestRun
{
    private const int Longest = 12, AtOnce = 3;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly List<string> _failures = [];
    private readonly List<(string Test, string Reason)> _skips = [];
    private readonly List<(string Class, double Seconds)> _classes = [];
    private int _passed;

    /// <summary>Counts something that is no test, such as a build that failed.</summary>
    public void AddFailure(string what) => _failures.Add(what);

    /// <summary>Runs programs, three at a time: those that build wait for processes that use one core, so two would leave a third of two cores idle. The next begins when
    /// one ends, so the long ones come first.</summary>
    public void Run(params IEnumerable<TestProgram> programs)
    {
        ConcurrentQueue<TestProgram> waiting = new(programs);
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() =>
        {
            while (waiting.TryDequeue(out TestProgram? next)) Run(next);
        }))).GetAwaiter().GetResult();
    }

    /// <summary>Prints what failed and what was skipped; the last line is the count. Returns the exit code.</summary>
    public int Finish()
    {
        Console.WriteLine("longest: " + string.Join(", ", _classes.OrderByDescending(c => c.Seconds).Take(Longest).Select(c => $"{c.Class} {c.Seconds:0} s")));
        foreach (var group in _skips.GroupBy(s => s.Reason).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Console.WriteLine($"skipped: {group.Key}");
            foreach (string test in group.Select(g => g.Test).Distinct()) Console.WriteLine($"    {test}");
        }
        foreach (string failure in _failures) Console.WriteLine($"failed: {failure}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_passed} passed, {_failures.Count} failed, {_skips.Count} skipped"));
        return _failures.Count == 0 && _passed > 0 ? 0 : 1;
    }

    /// <summary>Lines of a program's own that begin with a bar are meant for the reader.</summary>
    private void Run(TestProgram program)
    {
        TestReport report = new();
        if (!File.Exists(program.Assembly))
        {
            Fail(program, program.Title, $"{program.Assembly} was not built");
            return;
        }
        TimeSpan nextLine = s_pause;
        List<string> unread = [];
        int code = Shell.Run(program.Host.Program, [.. program.Host.Arguments, program.Assembly, .. program.Arguments, "-reporter", "json", "-noColor", "-noLogo"], environment: program.Environment, onLine: line =>
        {
            if (line.StartsWith('{'))
            {
                if (report.Read(line) is { } failure) Fail(program, failure.Test, failure.Problem);
            }
            else if (line.StartsWith("| ", StringComparison.Ordinal)) Console.WriteLine("  " + line);
            else if (line.Trim().Length > 0) unread.Add(line);
            if (report.Time < nextLine) return;
            nextLine = report.Time + s_pause;
            Console.WriteLine($"  {program.Title}  {report}{report.Longest()}");
        });
        Console.WriteLine($"{program.Title}  {report}");
        lock (_gate)
        {
            _passed += report.Passed;
            _classes.AddRange(report.Classes.Select(c => (c.Key + Suffix(program), c.Value)));
            _skips.AddRange(report.Skips.Select(skip => (skip.Test + Suffix(program), skip.Reason)));
        }
        if (report.IsEmpty) Fail(program, program.Title, "no test was found");
        if (code == 0 || report.Failed > 0) return;
        Fail(program, program.Title, $"the program ended with exit code {code}\n{string.Join('\n', unread.TakeLast(20))}");
    }

    private void Fail(TestProgram program, string? test, string problem)
    {
        string what = test is null || test == program.Title ? program.Title : test + Suffix(program);
        lock (_gate)
        {
            _failures.Add(what);
            Console.WriteLine($"  FAILED {what}");
            foreach (string line in problem.Split('\n')) Console.WriteLine($"    {line.TrimEnd()}");
        }
    }

    /// <summary>What tells runs of one program apart.</summary>
    private static string Suffix(TestProgram program) => program.Title.IndexOf('(') is > 0 and int at ? " " + program.Title[at..] : "";
}
