using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Generator;

/// <summary>From the texts to the values that code is made of.</summary>
internal static class TextReading
{
    internal const string InterfaceSuffix = ".interface.txt", PlanSuffix = ".plan.txt";

    private const int LongestAttribute = 60;

    /// <summary>Parameters and locals of the methods that take pictures.</summary>
    private static readonly string[] s_ofPictures = ["pixels", "width", "height", "count", "best", "values"];

    public static Reading<Surface> Surface(string path, string text)
    {
        try
        {
            PlanInterface content = PlanText.ParseInterface(text);
            ClassOptions options = ClassOptions.FromPairs(content.Options);
            Plan plan = content.Plan;
            if (!Identifiers.IsValidClass(options.Name) || !Identifiers.IsValidNamespace(options.Namespace)
                || options.Access is not ("public" or "internal") || options.Storage is not ("embedded" or "file" or "none"))
                throw new FormatException("the line 'class' has a value that is not known");
            string pictures = plan.Inputs.Count == 1 && PicturePort.Of(plan.Inputs[0], LayoutOf(options.Pictures)) is not null ? options.Pictures : "";
            // Names of locals in the generated methods.
            var scope = new NameScope(["rented", "cancellationToken", "options", "shape", "rank", "shapes", .. pictures.Length > 0 ? s_ofPictures : []]);
            // Members of the nested classes.
            var members = new NameScope("Predict", "Run", "Dispose", "Session", "Names", "Equals", "GetHashCode", "GetType", "ToString",
                "Finalize", "MemberwiseClone", "ReferenceEquals");
            Dictionary<string, string> renames = new(StringComparer.Ordinal);
            foreach (KeyValuePair<string, string> rename in options.Renames) renames[rename.Key] = rename.Value;
            var shapeless = new HashSet<string>(content.Options.Where(o => o.Key == "shapeless").Select(o => o.Value), StringComparer.Ordinal);
            List<SurfacePort> inputs = plan.Inputs.Select(p => Port(p, "input", renames, scope, members)).ToList();
            List<SurfacePort> outputs = plan.Outputs.Select(p => Port(p, "output", renames, scope, members))
                .Select(p => shapeless.Contains(p.Name) ? p with { Shape = new(new[] { "…" }) } : p).ToList();
            inputs = inputs.ConvertAll(p => p.Shape.Any(IsOpen) ? p with { ShapeIdentifier = scope.Take(p.Identifier + "Shape") } : p);
            IEnumerable<string> symbols = plan.Symbols.Where(s => s.Name.Length > 0 && s.Name != s.Identifier)
                .Select(s => s.Identifier + " is \"" + s.Name + "\"");
            return new(new Surface(Key(path, InterfaceSuffix), options.Name, options.Namespace, options.Access, options.Storage,
                options.Location, options.Source, plan.Opset, new(symbols), new(inputs), new(outputs))
            {
                UsesOnnxRuntime = options.UsesOnnxRuntime,
                Pictures = pictures,
                Labels = string.Join("\n", options.Labels),
                HasOpenOutputs = HasOpenOutputs(plan, shapeless),
                ClassOutput = pictures.Length > 0 || options.Labels.Count > 0 ? ClassOutputOf(plan.Outputs, options.Labels.Count, shapeless) : -1,
            }, null);
        }
        catch (FormatException e)
        {
            return new(null, new Problem(path, e.Message));
        }
    }

    public static Reading<Steps> Steps(string path, string text)
    {
        try
        {
            Plan plan = PlanText.Parse(text);
            Dictionary<string, string> values = new(StringComparer.Ordinal);
            foreach (PlanPort input in plan.Inputs) values[input.Value] = input.Name + " " + Shape(input.Shape);
            string[] branches = Branches(plan);
            List<StepCall> calls = plan.Steps.Select(s => Call(s, values, branches[s.Number - 1])).ToList();
            return new(new Steps(Key(path, PlanSuffix), plan.StructureHash, new(calls)), null);
        }
        catch (FormatException e)
        {
            return new(null, new Problem(path, e.Message));
        }
    }

    /// <summary>The part of the path that a model's texts share.</summary>
    internal static string Key(string path, string suffix)
    {
        string name = path.EndsWith(suffix, StringComparison.Ordinal) ? path.Substring(0, path.Length - suffix.Length) : path;
        return name.Replace('\\', '/');
    }

    private static SurfacePort Port(PlanPort port, string fallback, Dictionary<string, string> renames, NameScope scope, NameScope members)
    {
        string name = renames.TryGetValue(port.Name, out string? renamed) ? renamed : port.Name;
        string type = CSharpType(port.Type) ?? throw new FormatException(
            "'" + port.Name + "' has the element type " + ElementTypes.Word(port.Type) + ", which a class cannot take");
        string[] shape = port.Shape.Select(d => d.ToString()).ToArray();
        bool follows = shape.Where(IsOpen).ToArray() is { Length: <= 1 } open && open.All(d => d.All(c => c == '_' || char.IsLetterOrDigit(c)));
        return new SurfacePort(port.Name, scope.Take(Identifiers.Camel(name, fallback)), members.Take(Identifiers.Pascal(name, Upper(fallback))),
            "", type, ElementTypes.Word(port.Type), new(shape), follows);
    }

    /// <summary>True if an output has a dimension that no input has.</summary>
    private static bool HasOpenOutputs(Plan plan, HashSet<string> shapeless)
    {
        var known = new List<string>();
        var used = new List<string>();
        foreach (Dimension dimension in plan.Inputs.SelectMany(port => port.Shape)) dimension.CollectSymbols(known);
        foreach (Dimension dimension in plan.Outputs.SelectMany(port => port.Shape)) dimension.CollectSymbols(used);
        return plan.Outputs.Any(port => shapeless.Contains(port.Name)) || used.Except(known).Any();
    }

    /// <summary>The first output that is a classification, of as many classes as there are labels; −1 if there is none.</summary>
    private static int ClassOutputOf(IReadOnlyList<PlanPort> outputs, int labels, HashSet<string> shapeless)
    {
        if (ClassOutput.IndexOf(outputs, labels) is >= 0 and var index) return index;
        // Labels say that it is one where the model says nothing.
        return labels > 0 && outputs.Count == 1 && outputs[0].Type == ElementType.Float32 && shapeless.Contains(outputs[0].Name) ? 0 : -1;
    }

    private static PictureLayout? LayoutOf(string pictures)
    {
        foreach (string word in pictures.Split(' '))
            if (word.StartsWith("layout=", StringComparison.OrdinalIgnoreCase))
                return word.EndsWith("NHWC", StringComparison.OrdinalIgnoreCase) ? PictureLayout.Nhwc : PictureLayout.Nchw;
        return null;
    }

    private static string Upper(string word) => char.ToUpperInvariant(word[0]) + word.Substring(1);

    private static bool IsOpen(string dimension) => !long.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string? CSharpType(ElementType type) => type switch
    {
        ElementType.Float32 => "float",
        ElementType.Float64 => "double",
        ElementType.Float16 => "global::System.Half",
        ElementType.Int8 => "sbyte",
        ElementType.Int16 => "short",
        ElementType.Int32 => "int",
        ElementType.Int64 => "long",
        ElementType.UInt8 => "byte",
        ElementType.UInt16 or ElementType.BFloat16 => "ushort",
        ElementType.UInt32 => "uint",
        ElementType.UInt64 => "ulong",
        ElementType.Bool => "bool",
        ElementType.Int4 => "sbyte",
        _ => ElementTypes.IsNarrow(type) ? "byte" : null,
    };

    /// <summary>For example <c>conv1/Conv: x [N,3,48,W] → [N,16,24,W] blocked  strides=2,2</c>. Weights are left out.</summary>
    private static StepCall Call(PlanStep step, Dictionary<string, string> values, string branch)
    {
        foreach (PlanResult output in step.Outputs)
            values[output.Value] = output.Value + " " + Shape(output.Shape) + (output.Layout == TensorLayout.Blocked ? " blocked" : "");
        IEnumerable<string> inputs = step.Inputs.Where(i => i is not null && values.ContainsKey(i)).Select(i => values[i!]);
        string comment = branch + (step.Name.Length > 0 ? step.Name : step.Operator) + ": " + string.Join(", ", inputs) + " → "
            + string.Join(", ", step.Outputs.Select(o => values[o.Value]));
        string attributes = string.Join(" ", step.Attributes.Pairs.Select(a => a.Key + "=" + Shorten(a.Value)));
        return new StepCall(step.Number, step.Operator, attributes.Length > 0 ? comment + "  " + attributes : comment);
    }

    /// <summary>For each step the branches that it is in: words before what it does.</summary>
    private static string[] Branches(Plan plan)
    {
        string[] branches = new string[plan.Steps.Count];
        // A text that nobody's compiler wrote may nest as it likes.
        int left = 64 * branches.Length;
        for (int s = branches.Length - 1; s >= 0; s--)
        {
            branches[s] ??= "";
            PlanStep step = plan.Steps[s];
            string number = step.Number.ToString(CultureInfo.InvariantCulture);
            if (step.Operator == "Loop")
                for (int i = Math.Max(0, s - Math.Max(0, step.Attributes.Int("body", 0))); i < s && left > 0; i++, left--) branches[i] = "turn of " + number + ", ";
            if (step.Operator != "If") continue;
            int positive = Math.Max(0, step.Attributes.Int("then", 0)), other = Math.Max(0, step.Attributes.Int("else", 0));
            for (int i = Math.Max(0, s - positive - other); i < s && left > 0; i++, left--) branches[i] = (i < s - other ? "then of " : "else of ") + number + ", ";
        }
        return branches;
    }

    private static string Shape(IReadOnlyList<Dimension> shape) => "[" + string.Join(",", shape) + "]";

    private static string Shorten(string text) => text.Length <= LongestAttribute ? text : text.Substring(0, LongestAttribute) + "…";
}
