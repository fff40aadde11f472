using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.Json;

namespace Lr2vq.Building;

/// <summary>Reads what a test program (xunit.v3, reporter json) says, line by line.</summary>
internal sealed class TestReport
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, long> _started = [];

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public List<(string Test, string Reason)> Skips { get; } = [];

    /// <summary>Seconds of each class, tests that ran side by side counted each.</summary>
    public Dictionary<string, double> Classes { get; } = [];

    public TimeSpan Time => _clock.Elapsed;

    public bool IsEmpty => Passed + Failed + Skips.Count == 0;

    public override string ToString() => $"{_clock.Elapsed:m\\:ss}  {Passed} passed, {Failed} failed, {Skips.Count} skipped";

    /// <summary>Takes one message. Returns what failed, if anything did; a null test is the program as a whole.</summary>
    public (string? Test, string Problem)? Read(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement message = document.RootElement;
        string id = Text(message, "TestUniqueID");
        switch (Text(message, "$type"))
        {
            case "test-starting":
                _names[id] = Text(message, "TestDisplayName");
                _started[id] = Stopwatch.GetTimestamp();
                return null;
            case "test-passed":
                Passed++;
                End(id);
                return null;
            case "test-skipped":
                Skips.Add((_names.GetValueOrDefault(id, id), Text(message, "Reason")));
                _started.Remove(id);
                return null;
            case "test-failed":
                Failed++;
                End(id);
                return (_names.GetValueOrDefault(id, id), Problem(message));
            case "error-message" or "test-assembly-cleanup-failure" or "test-collection-cleanup-failure" or "test-class-cleanup-failure"
                or "test-method-cleanup-failure" or "test-case-cleanup-failure" or "test-cleanup-failure":
                Failed++;
                return (null, Problem(message));
            default:
                return null;
        }
    }

    /// <summary>The test that has been running longest, once that is worth a word.</summary>
    public string Longest()
    {
        if (_started.Count == 0) return "";
        (string id, long since) = _started.MinBy(s => s.Value);
        TimeSpan time = Stopwatch.GetElapsedTime(since);
        return time < TimeSpan.FromSeconds(5) ? "" : $", {time.TotalSeconds:0} s in {_names.GetValueOrDefault(id, id)}";
    }

    private void End(string id)
    {
        if (!_started.Remove(id, out long since)) return;
        string name = _names[id].Split('(')[0], type = name[..Math.Max(0, name.LastIndexOf('.'))];
        Classes[type] = Classes.GetValueOrDefault(type) + Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

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
