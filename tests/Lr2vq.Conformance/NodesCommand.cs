using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Import;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Testing.NodeTests;

namespace Lr2vq.Conformance;

/// <summary>ONNX's node tests in three forms, by operator.</summary>
/// <param name="only">Part of the names of the cases to run; null for all.</param>
internal sealed partial class NodesCommand(string? only)
{
    private const int LeastOperators = 200, LeastOpset = 7, MostOpset = 24;
    private const string DependsOnData = "LR2VQ2004";
    private const double LeastPassed = 0.98, LeastAsTheyAre = 0.85;

    private readonly SortedDictionary<string, List<CaseOutcome>> _byOperator = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _refused = new(StringComparer.Ordinal);
    private readonly List<string> _wrong = [];
    private int _withoutCode, _otherOpsets;

    /// <param name="json">Where the figures go; null for nowhere.</param>
    /// <returns>False if a bar is missed.</returns>
    public bool Run(string? json)
    {
        foreach ((string domain, string type) in OnnxOperators.All) _byOperator[NameOf(domain, type)] = [];
        foreach (string version in NodeData.Versions) RunVersion(version);
        List<OperatorRow> rows = [.. _byOperator.Select(entry => Row(entry.Key, entry.Value))];
        if (json is not null) Figures.Write(json, new OperatorRows(rows));
        return Summary(rows);
    }

    private void RunVersion(string version)
    {
        List<NodeCase> cases = [.. NodeData.Cases(version).SelectMany(NodeCase.Read)];
        Dictionary<string, (string Domain, string Type)> plain = [];
        foreach (NodeCase sample in cases)
            if (sample.Operators.Distinct().ToArray() is [var operation]) plain[sample.Name] = operation;
        foreach (NodeCase sample in cases)
        {
            if (only is not null && !sample.Name.Contains(only, StringComparison.Ordinal)) continue;
            if (sample.Opset is < LeastOpset or > MostOpset)
            {
                _otherOpsets++;
                continue;
            }
            // The body of a function is a case of that function.
            if (!plain.TryGetValue(Expanded().Replace(sample.Name, ""), out (string Domain, string Type) operation)) operation = sample.Operators.LastOrDefault(("", "Constant"));
            string name = NameOf(operation.Domain, operation.Type);
            if (!_byOperator.TryGetValue(name, out List<CaseOutcome>? outcomes)) _byOperator[name] = outcomes = [];
            outcomes.Add(Outcome(sample, version, OnnxOperators.Find(operation.Domain, operation.Type) is not null));
        }
    }

    private CaseOutcome Outcome(NodeCase sample, string version, bool supported)
    {
        NodeResult asItIs = NodeRun.Of(sample, version);
        List<NodeResult> results = [asItIs];
        NodeResult? withConstants = sample.In(NodeForm.Constants) is { } constants ? NodeRun.Of(constants, version) : null;
        if (withConstants is not null) results.Add(withConstants);
        // Where the first input is a size, too, it is fixed as well.
        if ((withConstants ?? asItIs).Problem?.Id == DependsOnData && sample.WithConstants(all: true) is { } all) results.Add(NodeRun.Of(all, version));
        // Where each dimension is a symbol of its own, some networks cannot fit; equal lengths may then share theirs.
        if (sample.In(NodeForm.Symbols) is { } symbols)
        {
            NodeResult result = NodeRun.Of(symbols, version);
            results.Add(result.Outcome == NodeOutcome.Refused ? NodeRun.Of(sample.In(NodeForm.SharedSymbols)!, version) : result);
        }
        foreach (NodeResult result in results)
            if (result.Outcome is NodeOutcome.Wrong or NodeOutcome.Broken) _wrong.Add($"ONNX {version} {sample.Name}: {result.Outcome}: {result.Reason}");
            else if (result.Outcome == NodeOutcome.Refused && !result.Reason.StartsWith("LR2VQ", StringComparison.Ordinal) && result.Reason != NodeRun.OracleRefuses) _withoutCode++;
        bool passed = results.Any(r => r.Outcome == NodeOutcome.Right), wrong = results.Any(r => r.Outcome is NodeOutcome.Wrong or NodeOutcome.Broken);
        if (supported && asItIs.Outcome == NodeOutcome.Refused)
        {
            string reason = (passed ? "only in another form: " : "in no form: ") + asItIs.Reason;
            if (!_refused.TryGetValue(reason, out SortedSet<string>? names)) _refused[reason] = names = new(StringComparer.Ordinal);
            names.Add(sample.Name);
        }
        string? type = sample.Inputs.Select(input => input.Value?.Type).FirstOrDefault(t => t is not null) is { } first && first != ElementType.String ? Plans.ElementTypes.Word(first) : null;
        return new CaseOutcome(passed && !wrong, asItIs.Outcome == NodeOutcome.Right, wrong, sample.Opset, type);
    }

    private static OperatorRow Row(string name, List<CaseOutcome> cases)
    {
        CaseOutcome[] passed = [.. cases.Where(c => c.Passed)];
        string[] parts = name.Split("::");
        bool supported = OnnxOperators.Find(parts.Length > 1 ? parts[0] : "", parts[^1]) is not null;
        return new OperatorRow(name, supported, cases.Count, passed.Length, cases.Count(c => c.AsItIs), cases.Count(c => c.Wrong),
            [.. passed.Select(c => c.Opset).Distinct().Order()], [.. passed.Select(c => c.Type).OfType<string>().Distinct().Order(StringComparer.Ordinal)]);
    }

    private bool Summary(List<OperatorRow> rows)
    {
        foreach ((string reason, SortedSet<string> names) in _refused.OrderByDescending(r => r.Value.Count).ThenBy(r => r.Key, StringComparer.Ordinal))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{names.Count,5}  {reason}: {string.Join(' ', names.Take(3))}{(names.Count > 3 ? " …" : "")}"));
        OperatorRow[] supported = [.. rows.Where(row => row.Supported)];
        foreach (OperatorRow row in supported.Where(row => row.Passed < row.Tests || row.AsTheyAre < row.Tests).OrderByDescending(row => row.Tests - row.AsTheyAre))
            Console.WriteLine($"{row.Name}: {row.Passed} of {row.Tests} pass, {row.AsTheyAre} as they are");
        Console.WriteLine("Not supported: " + string.Join(", ", rows.Where(row => !row.Supported).Select(row => $"{row.Name} ({row.Tests})")));
        foreach (string wrong in _wrong) Console.WriteLine(wrong);
        int tests = supported.Sum(row => row.Tests), passed = supported.Sum(row => row.Passed), asTheyAre = supported.Sum(row => row.AsTheyAre), silent = rows.Sum(row => row.SilentlyWrong);
        int classical = supported.Count(row => row.Name.StartsWith(MachineLearningOperator.Domain, StringComparison.Ordinal)), counted = supported.Length - classical;
        Console.WriteLine($"{_otherOpsets} cases of opsets below {LeastOpset} or above {MostOpset} are not counted");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{counted} operators (at least {LeastOperators}), and {classical} of {MachineLearningOperator.Domain}; of {tests} cases of these {passed} pass in a form, {(double)passed / tests:P1} (at least {LeastPassed:P0}), {asTheyAre} as they are, {(double)asTheyAre / tests:P1} (at least {LeastAsTheyAre:P0}); {silent} silently wrong; {_withoutCode} refused without a code"));
        bool enough = only is not null || counted >= LeastOperators;
        return enough && passed >= LeastPassed * tests && asTheyAre >= LeastAsTheyAre * tests && silent == 0 && _withoutCode == 0;
    }

    private static string NameOf(string domain, string type) => domain.Length == 0 ? type : $"{domain}::{type}";

    [GeneratedRegex("_expanded.*$")]
    private static partial Regex Expanded();

    private sealed record CaseOutcome(bool Passed, bool AsItIs, bool Wrong, int Opset, string? Type);
}
