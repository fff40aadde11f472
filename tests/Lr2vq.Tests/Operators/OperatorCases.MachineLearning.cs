using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Classical models: trees, linear models, encoders.</summary>
internal static partial class OperatorCases
{
    private const string MachineLearning = "ai.onnx.ml";

    private static void AddMachineLearning(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["TreeEnsembleRegressor"] = draw =>
        {
            bool all = draw.Chance();
            DrawnTrees trees = new(draw, draw.Int(1, 5), features: draw.Int(1, 6), targets: draw.Int(1, 3), all);
            string join = draw.Pick("SUM", "AVERAGE", "MIN", "MAX");
            List<(string, object)> attributes = [.. trees.Attributes("target"), ("n_targets", (long)trees.Targets), ("aggregate_function", join)];
            if (all && draw.Chance(0.3)) attributes.Add(("base_values", draw.Floats(trees.Targets).Values<float>().ToArray()));
            if (draw.Chance(0.3)) attributes.Add(("post_transform", "LOGISTIC"));
            return Model("TreeEnsembleRegressor", 3, trees.Rows()) with { Attributes = [.. attributes] };
        };
        cases["TreeEnsemble"] = draw =>
        {
            DrawnTrees trees = new(draw, draw.Int(1, 5), features: draw.Int(1, 6), targets: draw.Int(1, 3), all: draw.Chance());
            string join = draw.Pick("sum", "average", "min", "max");
            (HostTensor x, (string, HostTensor)[] tables) = (trees.Rows(), trees.Tables());
            return Model("TreeEnsembleRegressor", 3, x, tables) with
            {
                Attributes = [.. trees.Attributes("target"), ("n_targets", (long)trees.Targets), ("aggregate_function", join.ToUpperInvariant())],
                RunsAlone = true, PlanName = "TreeEnsemble", PlanAttributes = $"join={join}", PlanInputs = ["x", .. tables.Select(t => t.Item1)],
            };
        };
        cases["TreeEnsembleClassifier"] = draw =>
        {
            int classes = draw.Int(2, 4);
            bool one = classes == 2 && draw.Chance();
            DrawnTrees trees = new(draw, draw.Int(1, 5), features: draw.Int(1, 6), targets: one ? 1 : classes, all: true, positive: draw.Chance());
            return Model("TreeEnsembleClassifier", 3, trees.Rows()) with
            {
                Attributes = [.. trees.Attributes("class"), ("classlabels_int64s", Labels(draw, classes)), ("post_transform", draw.Pick("NONE", "LOGISTIC", "SOFTMAX"))], Outputs = 2,
            };
        };
        cases["LinearClassifier"] = draw =>
        {
            int classes = draw.Int(2, 5), features = draw.Int(1, 20);
            return Model("LinearClassifier", 1, draw.Floats(draw.Int(1, 5), features)) with
            {
                Attributes = [("coefficients", draw.Floats(classes * features).Values<float>().ToArray()), ("intercepts", draw.Floats(classes).Values<float>().ToArray()), ("classlabels_ints", Labels(draw, classes)), ("post_transform", draw.Pick("NONE", "LOGISTIC", "SOFTMAX"))], Outputs = 2,
            };
        };
        cases["LinearRegressor"] = draw =>
        {
            int targets = draw.Int(1, 5), features = draw.Int(1, 20);
            return Model("LinearRegressor", 1, draw.Floats(draw.Int(1, 5), features)) with
            {
                Attributes = [("coefficients", draw.Floats(targets * features).Values<float>().ToArray()), ("intercepts", draw.Floats(targets).Values<float>().ToArray()), ("targets", (long)targets)],
            };
        };
        cases["SVMRegressor"] = draw =>
        {
            int supports = draw.Int(1, 6), features = draw.Int(1, 8);
            string kernel = draw.Pick("LINEAR", "RBF", "POLY", "SIGMOID");
            return Model("SVMRegressor", 1, draw.Floats(-1f, 1f, draw.Int(1, 5), features)) with
            {
                Attributes = [("kernel_type", kernel), ("kernel_params", new[] { draw.Float(0.1f, 0.6f), draw.Float(-0.5f, 0.5f), 2f }), ("n_supports", (long)supports), ("support_vectors", draw.Floats(-1f, 1f, supports * features).Values<float>().ToArray()),
                    ("coefficients", draw.Floats(supports).Values<float>().ToArray()), ("rho", new[] { draw.Float(-1f, 1f) })], Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["Normalizer"] = draw => Model("Normalizer", 1, draw.Floats(0.5f, 3f, draw.Int(1, 5), draw.Int(1, 20))) with { Attributes = [("norm", draw.Pick("MAX", "L1", "L2"))] };
        cases["Scaler"] = draw =>
        {
            int features = draw.Int(1, 20), count = draw.Chance() ? features : 1;
            return Model("Scaler", 1, draw.Numbers(draw.Pick(ElementType.Float32, ElementType.Int64), -9, 9, draw.Int(1, 5), features)) with
            {
                Attributes = [("offset", draw.Floats(count).Values<float>().ToArray()), ("scale", draw.Floats(count).Values<float>().ToArray())],
            };
        };
        cases["Imputer"] = draw =>
        {
            int features = draw.Int(1, 8), count = draw.Chance() ? features : 1;
            if (draw.Chance())
                return Model("Imputer", 1, draw.Longs(-2, 2, draw.Int(1, 5), features)) with { Attributes = [("imputed_value_int64s", draw.Longs(-9, 9, count).Values<long>().ToArray()), ("replaced_value_int64", 1L)] };
            HostTensor x = draw.Floats(draw.Int(1, 5), features);
            for (int i = 0; i < x.Length; i++) if (draw.Chance(0.3)) x.Values<float>()[i] = float.NaN;
            return Model("Imputer", 1, x) with { Attributes = [("imputed_value_floats", draw.Floats(count).Values<float>().ToArray()), ("replaced_value_float", float.NaN)] };
        };
        cases["LabelEncoder"] = LabelEncoderCase;
        cases["OneHotEncoder"] = draw => Model("OneHotEncoder", 1, draw.Longs(0, 6, draw.Shape(1, 2))) with { Attributes = [("cats_int64s", new long[] { 3, 0, 5, 1 }), ("zeros", 1L)] };
        cases["FeatureVectorizer"] = draw =>
        {
            int rows = draw.Int(1, 4), first = draw.Int(1, 9), second = draw.Int(1, 9);
            return new OperatorCase("FeatureVectorizer", 17, ("x", draw.Floats(rows, first)), ("z", draw.Floats(rows, second))) { Domain = MachineLearning, RunsAlone = false, Attributes = [("inputdimensions", new long[] { first, second })] };
        };
        cases["ArrayFeatureExtractor"] = draw =>
        {
            int features = draw.Int(1, 9);
            return new OperatorCase("ArrayFeatureExtractor", 17, ("x", draw.Numbers(draw.Pick(ElementType.Float32, ElementType.Int64), -9, 9, draw.Int(1, 5), features)), ("indices", draw.Longs(0, features - 1, 1, draw.Int(1, 5)))) { Domain = MachineLearning, RunsAlone = false };
        };
        cases["Binarizer"] = draw => Model("Binarizer", 1, draw.Floats(draw.Shape(1, 3))) with { Attributes = [("threshold", draw.Float(-1f, 1f))] };
    }

    private static OperatorCase Model(string op, int version, HostTensor x, params (string Name, HostTensor Value)[] tables) =>
        new(op, 17, [("x", x), .. tables.Select(t => (t.Name, (HostTensor?)t.Value))]) { Domain = MachineLearning, DomainVersion = version, RunsAlone = false, NodeInputs = ["x"] };

    private static HostTensor Halved(HostTensor whole) => HostTensor.Of(Array.ConvertAll(whole.Values<long>().ToArray(), v => v / 2f), whole.Shape);

    private static long[] Labels(Draw draw, int count) => draw.Chance() ? [.. Enumerable.Range(0, count).Select(i => (long)i)] : [.. Enumerable.Range(0, count).Select(i => 10L * i - 7)];

    private static OperatorCase LabelEncoderCase(Draw draw)
    {
        bool fromFloats = draw.Chance(), toFloats = draw.Chance();
        int[] order = draw.Permutation(7);
        HostTensor x = fromFloats ? Halved(draw.Longs(-2, 9, draw.Shape(1, 2))) : draw.Longs(-2, 9, draw.Shape(1, 2));
        // Sorted, as the step has them.
        long[] keys = [.. order.Select(k => (long)k)];
        HostTensor values = toFloats ? draw.Floats(8) : draw.Longs(-50, 50, 8);
        (string, object) given = toFloats ? ("values_floats", order.Select(k => values.Values<float>()[k]).ToArray()) : ("values_int64s", order.Select(k => values.Values<long>()[k]).ToArray());
        (string, object) other = toFloats ? ("default_float", (object)values.Values<float>()[7]) : ("default_int64", values.Values<long>()[7]);
        HostTensor sorted = fromFloats ? HostTensor.Of([0f, 0.5f, 1f, 1.5f, 2f, 2.5f, 3f], 7) : HostTensor.Longs(0, 1, 2, 3, 4, 5, 6);
        return new OperatorCase("LabelEncoder", 17, ("x", x), ("keys", sorted), ("values", values))
        {
            Domain = MachineLearning, DomainVersion = 3, NodeInputs = ["x"], PlanInputs = ["x", "keys", "values"], PlanAttributes = "", Tolerance = Tolerance.Exact,
            Attributes = [fromFloats ? ("keys_floats", keys.Select(k => k / 2f).ToArray()) : ("keys_int64s", keys), given, other],
        };
    }
}
