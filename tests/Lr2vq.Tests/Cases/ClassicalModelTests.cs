using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Models as skl2onnx writes them: a pipeline that ends in dictionaries, labels that are texts, trees that are none.</summary>
public sealed class ClassicalModelTests : IDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("classical").FullName;

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    private static (string, object)[] Stump(object labels) =>
    [
        ("nodes_treeids", new long[] { 0, 0, 0 }), ("nodes_nodeids", new long[] { 0, 1, 2 }), ("nodes_featureids", new long[] { 1, 0, 0 }), ("nodes_values", new[] { 0.5f, 0f, 0f }),
        ("nodes_modes", new[] { "BRANCH_LEQ", "LEAF", "LEAF" }), ("nodes_truenodeids", new long[] { 1, 0, 0 }), ("nodes_falsenodeids", new long[] { 2, 0, 0 }),
        ("class_treeids", new long[] { 0, 0, 0, 0 }), ("class_nodeids", new long[] { 1, 1, 2, 2 }), ("class_ids", new long[] { 0, 1, 0, 1 }), ("class_weights", new[] { 0.25f, 0.75f, 1f, 0f }),
        ("post_transform", "NONE"), (labels is string[] ? "classlabels_strings" : "classlabels_int64s", labels),
    ];

    private static byte[] Pipeline(object labels, bool labelIsOutput = true)
    {
        OnnxBuilder builder = new OnnxBuilder(17).Opset("ai.onnx.ml", 3).Input("x", ElementType.Float32, null, 2)
            .Node("Scaler", ["x"], ["scaled"], null, "ai.onnx.ml", ("offset", new[] { 1f, 2f }), ("scale", new[] { 0.5f, 2f }))
            .Node("TreeEnsembleClassifier", ["scaled"], ["label", "scores"], null, "ai.onnx.ml", Stump(labels))
            .Node("ZipMap", ["scores"], ["probability"], null, "ai.onnx.ml", (labels is string[] ? "classlabels_strings" : "classlabels_int64s", labels));
        if (labelIsOutput) builder.Output("label", labels is string[] ? ElementType.String : ElementType.Int64, [null]);
        return builder.DictionariesOutput("probability").Build();
    }

    [Fact]
    public void DictionariesOfScoresBecomeAMatrix()
    {
        byte[] model = Pipeline(new long[] { 3, 7 });
        DiagnosticBag bag = Compress(model);
        Assert.False(bag.HasErrors, string.Join('\n', bag.All));
        Diagnostic note = Assert.Single(bag.All, d => d.Id == "LR2VQ2020");
        Assert.Contains("3, 7", note.Text);
        using ManagedChain chain = ManagedChain.Of(model);

        HostTensor[] results = chain.Run(("x", HostTensor.Of([0f, 2f, 0f, 3f], 2, 2)));

        Assert.Equal([7L, 3L], results[0].Values<long>().ToArray());
        Assert.Equal([2, 2], results[1].Shape);
        Assert.Equal([0.25f, 0.75f, 1f, 0f], results[1].Values<float>().ToArray());
    }

    [Fact]
    public void LabelsThatAreTextsAreRefusedWithTheirNames()
    {
        DiagnosticBag bag = Compress(Pipeline(new[] { "cat", "dog" }));

        Diagnostic problem = Assert.Single(bag.All, d => d.Severity == DiagnosticSeverity.Error);
        Assert.Equal("LR2VQ2021", problem.Id);
        Assert.Contains("0 = cat, 1 = dog", problem.Text);
        // The remedy that is named: without that output.
        Assert.False(Compress(Pipeline(new[] { "cat", "dog" }, labelIsOutput: false)).HasErrors);
    }

    public static TheoryData<string, long[], long[]> NoTrees => new()
    {
        { "a node leads to itself", new long[] { 0, 0, 0 }, new long[] { 2, 0, 0 } },
        { "both ways lead to one leaf, another is left", new long[] { 1, 0, 0 }, new long[] { 1, 0, 0 } },
        { "a node that is missing", new long[] { 9, 0, 0 }, new long[] { 2, 0, 0 } },
    };

    [Theory, MemberData(nameof(NoTrees))]
    public void WhatIsNoTreeIsRefused(string what, long[] next, long[] other)
    {
        (string Name, object Value)[] attributes = [.. Stump(new long[] { 0, 1 }).Where(a => a.Item1 is not ("nodes_truenodeids" or "nodes_falsenodeids")), ("nodes_truenodeids", next), ("nodes_falsenodeids", other)];
        byte[] model = new OnnxBuilder(17).Opset("ai.onnx.ml", 3).Input("x", ElementType.Float32, null, 2).Node("TreeEnsembleClassifier", ["x"], ["label", "scores"], null, "ai.onnx.ml", attributes)
            .Output("scores", ElementType.Float32, null, 2).Build();

        DiagnosticBag bag = Compress(model);

        Assert.True(bag.HasErrors, what);
        Assert.All(bag.All.Where(d => d.Severity == DiagnosticSeverity.Error), d => Assert.Equal("LR2VQ2002", d.Id));
    }

    private DiagnosticBag Compress(byte[] model)
    {
        string path = System.IO.Path.Combine(_folder, "model.onnx");
        System.IO.File.WriteAllBytes(path, model);
        DiagnosticBag bag = new();
        ModelCompressor.Compress(path, System.IO.Path.Combine(_folder, "model.lr2vq"), ManagedChain.Exact, null, bag, default);
        return bag;
    }
}
