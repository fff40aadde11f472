using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Lr2vq.Generator.Tests;

/// <summary>Typing in an editor must cost nothing, and a change must cost only what depends on it.</summary>
public sealed class IncrementalTests
{
    [Fact]
    public void EditingUserCodeRunsNothingAgain()
    {
        GeneratorDriver driver = First();
        driver = driver.RunGenerators(GeneratorRun.Compilation("class A { int edited; }", GeneratorRun.Runtime));
        foreach (string step in new[] { ModelGenerator.SurfaceStep, ModelGenerator.PlanStep, ModelGenerator.PairStep })
            AssertReasons(driver, step, IncrementalStepRunReason.Cached);
        AssertReasons(driver, ModelGenerator.ReferencesStep, IncrementalStepRunReason.Unchanged);
        AssertOutputs(driver, IncrementalStepRunReason.Cached);
    }

    [Fact]
    public void ANewReferenceThatDoesNotMatterRunsNothingAgain()
    {
        GeneratorDriver driver = First();
        driver = driver.RunGenerators(GeneratorRun.Compilation("class A { }", GeneratorRun.Runtime,
            CSharpCompilation.Create("Other").ToMetadataReference()));
        AssertReasons(driver, ModelGenerator.ReferencesStep, IncrementalStepRunReason.Unchanged);
        AssertOutputs(driver, IncrementalStepRunReason.Cached);
    }

    [Fact]
    public void ATouchedTextIsReadAndChangesNothing()
    {
        GeneratorRun.TestText before = GeneratorRun.Interface(Texts.FixedInterface());
        GeneratorDriver driver = First(before);
        driver = driver.ReplaceAdditionalText(before, GeneratorRun.Interface(Texts.FixedInterface()))
            .RunGenerators(GeneratorRun.Compilation("class A { }", GeneratorRun.Runtime));
        AssertReasons(driver, ModelGenerator.SurfaceStep, IncrementalStepRunReason.Unchanged);
        AssertOutputs(driver, IncrementalStepRunReason.Cached);
    }

    [Fact]
    public void AnotherPlanLeavesThePublicSideAlone()
    {
        GeneratorRun.TestText before = GeneratorRun.Plan(Texts.FixedPlan());
        GeneratorDriver driver = First(GeneratorRun.Interface(Texts.FixedInterface()), before);
        driver = driver.ReplaceAdditionalText(before, GeneratorRun.Plan(Texts.FixedPlan("1,1")))
            .RunGenerators(GeneratorRun.Compilation("class A { }", GeneratorRun.Runtime));
        AssertReasons(driver, ModelGenerator.SurfaceStep, IncrementalStepRunReason.Cached);
        AssertReasons(driver, ModelGenerator.PlanStep, IncrementalStepRunReason.Modified);
        AssertReasons(driver, ModelGenerator.PairStep, IncrementalStepRunReason.Modified);
        var outputs = driver.GetRunResult().Results[0].TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).ToList();
        Assert.Single(outputs, o => o.Reason == IncrementalStepRunReason.Modified);
        Assert.All(outputs.Where(o => o.Reason != IncrementalStepRunReason.Modified), o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    [Fact]
    public void AnotherModelLeavesThisOneAlone()
    {
        GeneratorDriver driver = First(GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Texts.FixedPlan()));
        driver = driver.AddAdditionalTexts([GeneratorRun.Interface(Texts.BatchInterface, "cifar"), GeneratorRun.Plan(Texts.LongPlan(3), "cifar")])
            .RunGenerators(GeneratorRun.Compilation("class A { }", GeneratorRun.Runtime));
        var surfaces = driver.GetRunResult().Results[0].TrackedSteps[ModelGenerator.SurfaceStep].SelectMany(s => s.Outputs).Select(o => o.Reason).ToList();
        Assert.Equal(IncrementalStepRunReason.Cached, surfaces[0]);
        var pairs = driver.GetRunResult().Results[0].TrackedSteps[ModelGenerator.PairStep].SelectMany(s => s.Outputs).Select(o => o.Reason).ToList();
        Assert.Equal([IncrementalStepRunReason.Unchanged, IncrementalStepRunReason.New], pairs);
    }

    private static GeneratorDriver First(params GeneratorRun.TestText[] texts) =>
        GeneratorRun.Driver(texts.Length > 0 ? texts : [GeneratorRun.Interface(Texts.FixedInterface()), GeneratorRun.Plan(Texts.FixedPlan())])
            .RunGenerators(GeneratorRun.Compilation("class A { }", GeneratorRun.Runtime));

    private static void AssertReasons(GeneratorDriver driver, string step, IncrementalStepRunReason expected)
    {
        // A step that no output waits for is not recorded.
        if (!driver.GetRunResult().Results[0].TrackedSteps.TryGetValue(step, out var runs)) return;
        Assert.All(runs.SelectMany(r => r.Outputs), o => Assert.Equal(expected, o.Reason));
    }

    private static void AssertOutputs(GeneratorDriver driver, IncrementalStepRunReason expected) =>
        Assert.All(driver.GetRunResult().Results[0].TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs), o => Assert.Equal(expected, o.Reason));
}
