using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Fuzz;
using Lr2vq.Operators;
using Lr2vq.Tests.Operators;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Robustness;

/// <summary>Networks with mutated Plans (and hashes that fit) and mutated models, in watched processes: no crash, no access outside of a tensor,
/// no exception that is not documented, none above five seconds of processor time or a gigabyte.</summary>
public sealed class MutatedNetworkTests
{
    private static int Plans => TestData.Full ? 10_000 : 1_000;

    private static int Models => TestData.Full ? 10_000 : 150;

    [Fact]
    public void Mutated_Plans_do_no_harm() => Check("plan", Plans);

    [Fact]
    public void Mutated_models_do_no_harm() => Check("model", Models);

    /// <summary>Of operators that differ by a formula alone (one base class other than <see cref="Operator"/>) one is enough.</summary>
    [Fact]
    public void Every_kind_of_operator_stands_in_a_network_that_is_mutated()
    {
        HashSet<string> there = [];
        foreach (string network in SmallModels.All.Where(MutationRun.IsThere))
        {
            using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", SmallModels.Artifact(network)));
            there.UnionWith(reader.Plan.Steps.Select(step => step.Operator));
        }
        string[] missing = [.. RuleTests.Table.GroupBy(type => type.BaseType == typeof(Operator) ? type : type.BaseType)
            .Where(kind => !kind.Any(type => there.Contains(type.Name))).Select(kind => kind.Key!.Name)];
        Assert.True(missing.Length == 0, string.Join(' ', missing));
    }

    public static TheoryData<string> Networks => [.. SmallModels.All.Where(MutationRun.IsThere)];

    /// <summary>As ONNX Runtime computes it: damage to what never ran would show nothing.</summary>
    [Theory, MemberData(nameof(Networks))]
    public void An_undamaged_network_runs(string network)
    {
        // Random numbers are not the same; ONNX Runtime moves no types of 4 bits.
        bool oracle = network is not ("drawn" or "narrow");
        byte[] model = SmallModels.Bytes(network);
        (CaseOutcome Outcome, string Detail)[] runs = [.. Enumerable.Range(0, 6).Select(seed => CaseRun.Model(model, seed, oracle))];
        Assert.DoesNotContain(runs, run => run.Outcome is CaseOutcome.Undocumented || run.Outcome is CaseOutcome.Wrong && !run.Detail.Contains("where ONNX Runtime refuses", StringComparison.Ordinal));
        // These take what fits their weights, or each other, alone.
        if (network is not ("classifier" or "sizes"))
            Assert.Contains(runs, run => run.Outcome == CaseOutcome.Ran && !run.Detail.Contains("too large", StringComparison.Ordinal) && !run.Detail.Contains("a form that", StringComparison.Ordinal));
    }

    [Fact]
    public void A_symbol_that_no_input_brings_is_the_files_fault()
    {
        byte[] artifact = SmallModels.Artifact("attention");
        using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Copy("memory", artifact));
        Assert.Contains("\"ids\" i64 [n,8]", reader.PlanText, StringComparison.Ordinal);
        (CaseOutcome outcome, string detail) = CaseRun.Artifact(ArtifactEdit.WithPlan(artifact, reader.PlanText.Replace("\"ids\" i64 [n,8]", "\"ids\" i64 [2,8]", StringComparison.Ordinal)), 1);
        Assert.Equal(CaseOutcome.Refused, outcome);
        Assert.Contains("LR2VQ5", detail, StringComparison.Ordinal);
    }

    private static void Check(string kind, int count)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("guarded pages are for Linux");
        IReadOnlyList<(string Name, CaseResult Result)> results = MutationRun.Cases(kind, count);
        string[] harm = [.. results.Where(result => !result.Result.IsHarmless).Select(result => $"{result.Name}: {result.Result}")];
        int ran = results.Count(result => result.Result.Outcome == CaseOutcome.Ran);
        Assert.True(harm.Length == 0, $"{harm.Length} of {count}\n" + string.Join('\n', harm));
        // The damage is neither so great that nothing runs, nor so small that nothing is refused.
        Assert.InRange(ran, count / 50, count - count / 5);
    }
}
