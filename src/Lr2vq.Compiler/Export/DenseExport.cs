using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Export;

/// <summary>.lr2vq → .onnx with decoded weights, from the artifact alone: what any ONNX run time computes with these weights.</summary>
internal static class DenseExport
{
    /// <summary>What the name of a network above 2 GB gets for the file with its weights.</summary>
    public const string WeightsSuffix = OnnxWriter.WeightsSuffix;

    /// <summary>Writes the model. Above 2 GB the weights go to a file beside it.</summary>
    /// <param name="artifactPath">The .lr2vq file.</param>
    /// <param name="onnxPath">The file to write.</param>
    /// <param name="bag">Receives all problems.</param>
    /// <param name="cancellation">Ends the work soon, without a partial file.</param>
    /// <returns>False if the bag got an error; then no file is left.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static bool Export(string artifactPath, string onnxPath, DiagnosticBag bag, CancellationToken cancellation = default)
    {
        try
        {
            using ArtifactReader artifact = ArtifactReader.Open(ArtifactMemory.Map(artifactPath));
            if (artifact.Skeleton is { } skeleton)
            {
                SkeletonExport.Write(artifact, skeleton, onnxPath, cancellation);
                return true;
            }
            using OnnxModel? model = Convert(artifact, bag);
            if (model is null) return false;
            OnnxWriter.Write(model, onnxPath, cancellation: cancellation);
            return true;
        }
        catch (InvalidArtifactException e)
        {
            bag.Add(DiagnosticCatalogue.ArtifactNotExported.At(new DiagnosticPlace(artifactPath), artifactPath, e.Message.TrimEnd('.')));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or FormatException)
        {
            bag.Add(DiagnosticCatalogue.ArtifactNotExported.At(new DiagnosticPlace(artifactPath), artifactPath, e.Message.TrimEnd('.')));
        }
        return false;
    }

    /// <summary>The model of an artifact; its payloads are decoded as they are read, so the artifact must stay open.</summary>
    private static OnnxModel? Convert(ArtifactReader artifact, DiagnosticBag bag) => Convert(artifact.Plan, artifact.Name, artifact.Meta.ToolVersion,
        (weight, name) => new OnnxTensor(name, (int)weight.Type, [.. weight.Shape.Select(d => (long)d)],
            NibblePayload.Of(weight.Type, new ArtifactTensorPayload(artifact, weight, weight.Type), weight.Shape.Aggregate(1L, (count, length) => count * length))), bag);

    /// <param name="plan">The network.</param>
    /// <param name="file">What messages call it.</param>
    /// <param name="toolVersion">Version of the compressor.</param>
    /// <param name="tensorOf">The values of a weight, under the name that it has in the model.</param>
    /// <param name="bag">Receives the steps that ONNX has no form of.</param>
    /// <returns>Null if there are such steps.</returns>
    internal static OnnxModel? Convert(Plan plan, string file, string toolVersion, Func<PlanWeight, string, OnnxTensor> tensorOf, DiagnosticBag bag)
    {
        Dictionary<string, string> names = Names(plan);
        var builder = new OnnxGraphBuilder(plan, names.Values);
        var shapes = new Dictionary<string, IReadOnlyList<Dimension>>(StringComparer.Ordinal);
        Dictionary<string, ElementType> types = plan.Inputs.Select(port => (port.Value, port.Type)).Concat(plan.Weights.Select(weight => (weight.Value, weight.Type)))
            .Concat(plan.Steps.SelectMany(step => step.Outputs).Select(output => (output.Value, output.Type))).ToDictionary(pair => pair.Value, pair => pair.Type, StringComparer.Ordinal);
        foreach (ElementType type in types.Values) builder.Require(OpsetOf(type));
        foreach (PlanPort input in plan.Inputs)
        {
            shapes[input.Value] = input.Shape;
            builder.Graph.Inputs.Add(Port(plan, input));
        }
        foreach (PlanWeight weight in plan.Weights)
        {
            shapes[weight.Value] = [.. weight.Shape.Select(d => Dimension.Of(d))];
            builder.Graph.Initializers.Add(tensorOf(weight, names[weight.Value]));
        }
        Dictionary<string, PlanWeight> weights = plan.Weights.ToDictionary(weight => weight.Value, StringComparer.Ordinal);
        int depth = 0;
        Steps(0, plan.Steps.Count);
        if (bag.HasErrors) return null;
        foreach (PlanPort output in plan.Outputs)
        {
            if (names[output.Value] != output.Name) builder.Node("Identity", [names[output.Value]], null, output.Name);
            builder.Graph.Outputs.Add(Port(plan, output));
        }
        var model = new OnnxModel { IrVersion = builder.Opset > 23 ? 12 : builder.Opset > 22 ? 11 : builder.Opset > 18 ? 9 : 8, ProducerName = "lr2vq", ProducerVersion = toolVersion, Graph = builder.Graph };
        model.OpsetImports[""] = builder.Opset;
        foreach ((string domain, int opset) in builder.Domains) model.OpsetImports[domain] = opset;
        return model;

        // Some steps, those in branches as graphs of the If behind them.
        void Steps(int from, int to)
        {
            if (++depth > StepGuard.MostDepth) throw new FormatException("its branches lie in too many others");
            var steps = new Stack<PlanStep>();
            for (int i = to - 1; i >= from; i--)
            {
                steps.Push(plan.Steps[i]);
                if (plan.Steps[i].Operator == nameof(Operators.Loop))
                {
                    int body = Operators.Loop.Body(plan.Steps[i].Attributes);
                    if (body < 0 || body >= i - from || plan.Steps[i - body - 1].Operator != nameof(Operators.Turn)) throw new FormatException($"step {i + 1} repeats steps that are not there");
                    i -= body + 1;
                    continue;
                }
                if (plan.Steps[i].Operator != nameof(Operators.If)) continue;
                (int positive, int other) = Operators.If.Branches(plan.Steps[i].Attributes);
                if (positive < 0 || other < 0 || other > i - from - positive) throw new FormatException($"step {i + 1} chooses between steps that are not there");
                i -= positive + other;
            }
            foreach (PlanStep step in steps)
            {
                ExportStep export = Export(step);
                try
                {
                    if (export.Operator == nameof(Operators.If)) ExportControl.If(export, plan, step.Number - 1, Steps);
                    else if (export.Operator == nameof(Operators.Loop)) ExportControl.Loop(export, Export(plan.Steps[step.Number - 2 - Operators.Loop.Body(step.Attributes)]), step.Number - 1, Steps);
                    else if (!(ExportProducts.TryExport(export) || ExportRecurrence.TryExport(export) || ExportShapes.TryExport(export) || ExportFound.TryExport(export) || ExportRandom.TryExport(export) || ExportQuantization.TryExport(export) || ExportMachineLearning.TryExport(export) || ExportElements.TryExport(export)))
                        Problem("there is no ONNX form of it");
                }
                catch (Exception e) when (e is FormatException or ArithmeticException or ArgumentException or KeyNotFoundException or IndexOutOfRangeException or InvalidOperationException)
                {
                    Problem(e.Message);
                }

                void Problem(string what) => bag.Add(DiagnosticCatalogue.StepNotExported.At(new DiagnosticPlace(file, step.Name), step.Number, step.Operator, step.Name, what));
            }
            depth--;
        }

        ExportStep Export(PlanStep step)
        {
            foreach (PlanResult result in step.Outputs) shapes[result.Value] = result.Shape;
            return new ExportStep(step, builder, names, shapes, types, weights);
        }
    }

    /// <summary>The opset since which operators move and convert a type.</summary>
    private static int OpsetOf(ElementType type) => type switch
    {
        ElementType.Float8E8M0 => 24,
        ElementType.Float4E2M1 => 23,
        _ => ElementTypes.IsNarrow(type) ? 21 : 0,
    };

    /// <summary>ONNX names: ports and weights keep theirs, values in between get their identifiers, made unique.</summary>
    private static Dictionary<string, string> Names(Plan plan)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (PlanPort port in plan.Outputs) taken.Add(port.Name);
        foreach (PlanPort port in plan.Inputs) Name(port.Value, port.Name, true);
        foreach (PlanPort port in plan.Outputs) names.TryAdd(port.Value, port.Name);
        foreach (PlanWeight weight in plan.Weights) Name(weight.Value, weight.Name, false);
        foreach (PlanStep step in plan.Steps)
            foreach (PlanResult result in step.Outputs)
                if (!names.ContainsKey(result.Value)) Name(result.Value, result.Value, false);
        return names;

        void Name(string value, string wanted, bool isFixed)
        {
            string name = wanted;
            while (!taken.Add(name) && !isFixed) name = "_" + name;
            names[value] = name;
        }
    }

    private static OnnxValueInfo Port(Plan plan, PlanPort port) => new(port.Name, port.Type, [.. port.Shape.Select(d =>
        d.IsConstant ? OnnxDimension.Of(d.Value) : plan.Symbols.FirstOrDefault(s => s.Identifier == d.ToString()) is { Name.Length: > 0 } symbol ? OnnxDimension.Of(symbol.Name)
        : OnnxDimension.Of(d.ToString()))]);
}
