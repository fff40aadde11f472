using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Lr2vq.Building;

/// <summary>Runs test programs (xunit.v3), reads their reports line by line, and counts over all of them.</summary>
internal sealed class TestRun
{
    private readonly List<string> _failures = [];
    private readonly List<(string Test, string Reason)> _skips = [];
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, long> _started = [];
    private int _passed;

    public int Failed => _failures.Count;

    /// <summary>Counts something that is no test, such as a build that failed.</summary>
    public void AddFailure(string what) => _failures.Add(what);

    /// <summary>Runs one test program. Lines of its own that begin with a bar are meant for the reader.</summary>
    /// <param name="title">What is printed for it.</param>
    /// <param name="assembly">Path of the program.</param>
    /// <param name="arguments">Filters.</param>
    /// <param name="environment">Variables of the process.</param>
    public void Run(string title, string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        Console.WriteLine($"{title}");
        if (!File.Exists(assembly))
        {
            Fail(title, $"{assembly} was not built");
            return;
        }
        int passedBefore = _passed, failedBefore = _failures.Count, skippedBefore = _skips.Count;
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan nextLine = TimeSpan.FromSeconds(15);
        List<string> unread = [];
        _started.Clear();
        int code = Shell.Run("dotnet", [assembly, .. arguments, "-reporter", "json", "-noColor", "-noLogo"], environment: environment, onLine: line =>
        {
            if (line.StartsWith('{')) Read(title, line);
            else if (line.StartsWith("| ", StringComparison.Ordinal)) Console.WriteLine("  " + line);
            else if (line.Trim().Length > 0) unread.Add(line);
            if (clock.Elapsed < nextLine) return;
            nextLine = clock.Elapsed + TimeSpan.FromSeconds(15);
            Console.WriteLine($"  {clock.Elapsed:m\\:ss}  {_passed - passedBefore} passed, {_failures.Count - failedBefore} failed{Longest()}");
        });
        int passed = _passed - passedBefore, failed = _failures.Count - failedBefore, skipped = _skips.Count - skippedBefore;
        Console.WriteLine($"  {clock.Elapsed:m\\:ss}  {passed} passed, {failed} failed, {skipped} skipped");
        if (passed + failed + skipped == 0) Fail(title, "no test was found");
        if (code == 0 || failed > 0) return;
        foreach (string line in unread.TakeLast(20)) Console.WriteLine("    " + line);
        Fail(title, $"the program ended with exit code {code}");
    }

    /// <summary>Prints what failed and what was skipped; the last line is the count. Returns the exit code.</summary>
    public int Finish()
    {
        foreach (var group in _skips.GroupBy(s => s.Reason).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Console.WriteLine($"skipped: {group.Key}");
            foreach (string test in group.Select(g => g.Test).Distinct()) Console.WriteLine($"    {test}");
        }
        foreach (string failure in _failures) Console.WriteLine($"failed: {failure}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_passed} passed, {_failures.Count} failed, {_skips.Count} skipped"));
        return _failures.Count == 0 && _passed > 0 ? 0 : 1;
    }

    private void Read(string title, string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement message = document.RootElement;
        string id = Text(message, "TestUniqueID");
        switch (Text(message, "$type"))
        {
            case "test-starting":
                _names[id] = Text(message, "TestDisplayName");
                _started[id] = Stopwatch.GetTimestamp();
                break;
            case "test-passed":
                _passed++;
                _started.Remove(id);
                break;
            case "test-skipped":
                _skips.Add(($"{_names.GetValueOrDefault(id, id)}{Suffix(title)}", Text(message, "Reason")));
                _started.Remove(id);
                break;
            case "test-failed":
                Fail(_names.GetValueOrDefault(id, id) + Suffix(title), Problem(message));
                _started.Remove(id);
                break;
            case "error-message" or "test-assembly-cleanup-failure" or "test-collection-cleanup-failure" or "test-class-cleanup-failure"
                or "test-method-cleanup-failure" or "test-case-cleanup-failure" or "test-cleanup-failure":
                Fail(title, Problem(message));
                break;
        }
    }

    private void Fail(string what, string problem)
    {
        _failures.Add(what);
        Console.WriteLine($"  FAILED {what}");
        foreach (string line in problem.Split('\n')) Console.WriteLine($"    {line.TrimEnd()}");
    }

    private string Longest()
    {
        if (_started.Count == 0) return "";
        (string id, long since) = _started.MinBy(s => s.Value);
        TimeSpan time = Stopwatch.GetElapsedTime(since);
        return time < TimeSpan.FromSeconds(5) ? "" : $", {time.TotalSeconds:0} s in {_names.GetValueOrDefault(id, id)}";
    }

    private static string Suffix(string title) => title.IndexOf('(') is > 0 and int at ? " " + title[at..] : "";

    private static string Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Problem(JsonElement message)
    {
        List<string> lines = [];
        foreach (string name in (string[])["Messages", "StackTraces"])
            if (message.TryGetProperty(name, out JsonElement values) && values.ValueKind == JsonValueKind.Array)
                lines.AddRange(values.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!));
        return string.Join('\n', lines);
    }
}
