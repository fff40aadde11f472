using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Plans;

/// <summary>Reads the text of a Plan or an Interface. The text may come from a damaged file: every problem is a
/// <see cref="PlanFormatException"/> with its line, and the work is proportional to the text's length.</summary>
internal sealed partial class PlanParser
{
    /// <summary>Dimensions of a tensor, at most.</summary>
    internal const int MaximumRank = 16;
    /// <summary>More lines (steps, weights, inputs, outputs, symbols together) than any network has.</summary>
    private const int MaximumLines = 1 << 18;

    private readonly string _text;
    private readonly List<PlanSymbol> _symbols = new();
    private readonly List<PlanPort> _inputs = new(), _outputs = new();
    private readonly List<PlanWeight> _weights = new();
    private readonly List<PlanStep> _steps = new();
    private readonly List<KeyValuePair<string, string>> _options = new();
    private readonly HashSet<string> _symbolNames = new(StringComparer.Ordinal), _weightNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KnownValue> _values = new(StringComparer.Ordinal);
    private string _line = "";
    private int _number, _next, _position;
    private bool _isInterface;
    /// <summary>The size of the step that comes next.</summary>
    private PlanSize? _size;

    public PlanParser(string text) => _text = text;

    public PlanInterface Read(string header)
    {
        _isInterface = header == PlanText.InterfaceHeader;
        if (!NextLine() || _line != header)
            throw new PlanFormatException(1, "this is not '" + header + "'; it may come from another version");
        if (!NextLine()) throw Wrong("the model line is missing");
        Keyword("model");
        string name = Quoted(), hash = "";
        string word = Word();
        if (word == "structure")
        {
            hash = Word();
            if (!IsHash(hash)) throw Wrong("'structure' needs 64 hex digits");
            word = Word();
        }
        if (word != "opset") throw Wrong("'opset' is expected");
        int opset = Number(0, int.MaxValue);
        EndOfLine();
        while (NextLine()) ReadLine();
        if (_size is not null) throw Wrong("the step that makes a size is missing");
        var plan = new Plan(name, hash, opset, _symbols, _inputs, _outputs, _weights, _steps);
        return new PlanInterface(plan, _options);
    }

    private void ReadLine()
    {
        int start = _position;
        string keyword = Word();
        if (_outputs.Count > 0 && keyword != "output") throw Wrong("outputs come last");
        if (_size is not null && keyword != "step") throw Wrong("a size stands before the step that makes it");
        switch (keyword)
        {
            case "symbol": ReadSymbol(); break;
            case "input":
                _inputs.Add(ReadPort(out _));
                break;
            case "output":
                PlanPort output = ReadPort(out bool known);
                if (!known && !_isInterface) throw Wrong("the value '" + output.Value + "' is not known");
                _outputs.Add(output);
                break;
            case "class" when _isInterface && _options.Count == 0:
                _position = start;
                ReadOptions();
                break;
            case "weight" when !_isInterface: ReadWeight(); break;
            case "size" when !_isInterface: ReadSize(); break;
            case "step" when !_isInterface: ReadStep(); break;
            default: throw Wrong("'" + Shorten(keyword) + "' is not known here");
        }
        EndOfLine();
    }

    private void ReadSymbol()
    {
        string identifier = Word();
        if (!Dimension.IsIdentifier(identifier) || Dimension.IsSize(identifier) || !_symbolNames.Add(identifier))
            throw Wrong("the symbol '" + Shorten(identifier) + "' is not an identifier, or twice there");
        _symbols.Add(new PlanSymbol(identifier, Quoted()));
    }

    private void ReadSize()
    {
        string identifier = Word();
        if (!Dimension.IsIdentifier(identifier) || !Dimension.IsSize(identifier) || !_symbolNames.Add(identifier))
            throw Wrong("the size '" + Shorten(identifier) + "' is not an identifier that begins with _, or twice there");
        try
        {
            _size = new PlanSize(identifier, Dimension.Parse(Word()));
        }
        catch (FormatException e)
        {
            throw Wrong(e.Message);
        }
    }

    private void ReadOptions()
    {
        while (_position < _line.Length)
        {
            string key = Word();
            _options.Add(new KeyValuePair<string, string>(key, Peek() == '"' ? Quoted() : Word()));
        }
    }

    /// <summary>An input makes a value; an output names one, or in an Interface makes it.</summary>
    private PlanPort ReadPort(out bool known)
    {
        bool isInput = _line.StartsWith("input ", StringComparison.Ordinal);
        string value = Identifier(), name = Quoted();
        ElementType type = Type();
        Dimension[] shape = Shape(out string text);
        known = _values.TryGetValue(value, out KnownValue? found);
        if (isInput) Define(value, type, text);
        else if (known && !_isInterface && (found!.Type != type || found.Shape != text))
            throw Wrong("the output has not the type and shape of the value '" + value + "'");
        return new PlanPort(value, name, type, shape);
    }

    private void ReadWeight()
    {
        string value = Identifier(), name = Quoted();
        ElementType type = Type();
        Dimension[] dimensions = Shape(out string text);
        var shape = new int[dimensions.Length];
        long length = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (!dimensions[i].IsConstant || dimensions[i].Value is < 0 or > int.MaxValue) throw Wrong("a weight's dimension is not a length");
            shape[i] = (int)dimensions[i].Value;
            // In this order a zero later on cannot hide a product that is too large.
            if (length > long.MaxValue / 16 / Math.Max(1, shape[i])) throw Wrong("the weight is too large");
            length *= Math.Max(1, shape[i]);
        }
        string roleWord = Word();
        WeightRole? role = null;
        for (WeightRole candidate = WeightRole.Constant; candidate <= WeightRole.Gather; candidate++)
            if (PlanText.Word(candidate) == roleWord) role = candidate;
        if (role is null) throw Wrong("'" + Shorten(roleWord) + "' is not the role of a weight");
        int groups = 1;
        if (_position < _line.Length)
        {
            string word = Word();
            if (!word.StartsWith("groups=", StringComparison.Ordinal)
                || !int.TryParse(word.Substring(7), NumberStyles.None, CultureInfo.InvariantCulture, out groups) || groups < 1)
                throw Wrong("only 'groups' may follow the role");
        }
        CheckRole(role.Value, shape, groups);
        if (!_weightNames.Add(name)) throw Wrong("the weight \"" + Shorten(name) + "\" is twice there");
        Define(value, type, text);
        _weights.Add(new PlanWeight(value, name, type, shape, role.Value, groups));
    }

    private void CheckRole(WeightRole role, int[] shape, int groups)
    {
        bool fits = role switch
        {
            WeightRole.Conv => shape.Length is 3 or 4 && shape[0] % groups == 0,
            WeightRole.ConvTranspose => shape.Length is 3 or 4 && shape[0] % groups == 0 && (long)shape[1] * groups <= int.MaxValue,
            WeightRole.MatMul or WeightRole.Gemm or WeightRole.Gather => shape.Length == 2 && groups == 1,
            _ => groups == 1,
        };
        if (!fits) throw Wrong("the shape does not fit the role '" + PlanText.Word(role) + "'");
        // Rows and columns of the canonical matrix are 32-bit lengths everywhere.
        int rows = role == WeightRole.ConvTranspose ? 1 : 0;
        long columns = 1;
        for (int i = 0; i < shape.Length && role is (WeightRole.Conv or WeightRole.ConvTranspose); i++)
            if (i != rows && (columns *= Math.Max(1, shape[i])) > int.MaxValue) throw Wrong("the weight is too large");
    }

    private void ReadStep()
    {
        int number = Number(1, int.MaxValue);
        if (number != _steps.Count + 1) throw Wrong("step " + (_steps.Count + 1).ToString(CultureInfo.InvariantCulture) + " is expected");
        string operatorName = Word();
        if (!IsName(operatorName)) throw Wrong("'" + Shorten(operatorName) + "' is not the name of an operator");
        string name = Quoted();
        var inputs = new List<string?>();
        Symbol('(');
        while (Peek() != ')')
        {
            if (inputs.Count > 0) Symbol(',');
            string input = Identifier();
            if (input != "_" && !_values.ContainsKey(input)) throw Wrong("the value '" + Shorten(input) + "' is not known");
            inputs.Add(input == "_" ? null : input);
        }
        Symbol(')');
        Blanks();
        if (_position + 2 > _line.Length || _line[_position] != '-' || _line[_position + 1] != '>') throw Wrong("'->' is expected");
        _position += 2;
        var outputs = new List<PlanResult>();
        Symbol('(');
        do outputs.Add(ReadResult());
        while (TrySymbol(','));
        Symbol(')');
        // Outputs are known only after their step.
        foreach (PlanResult output in outputs) Define(output.Value, output.Type, ShapeText(output.Shape));
        _steps.Add(new PlanStep(number, name, operatorName, inputs, outputs, ReadAttributes(), _size));
        _size = null;
    }

    private PlanResult ReadResult()
    {
        string value = Identifier();
        ElementType type = Type();
        Dimension[] shape = Shape(out _);
        TensorLayout layout = TensorLayout.Plain;
        if (Peek() is not (',' or ')'))
        {
            if (Identifier() != "blocked") throw Wrong("'blocked' is the only layout that is written");
            if (type != ElementType.Float32 || shape.Length != 4) throw Wrong("only f32 values of rank 4 can be blocked");
            layout = TensorLayout.Blocked;
        }
        return new PlanResult(value, type, shape, layout);
    }

    private StepAttributes ReadAttributes()
    {
        if (Blanks() == _line.Length) return StepAttributes.Empty;
        var pairs = new List<KeyValuePair<string, string>>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (Blanks() < _line.Length)
        {
            string word = Word();
            int equals = word.IndexOf('=');
            if (equals <= 0 || !IsName(word.Substring(0, equals))) throw Wrong("'" + Shorten(word) + "' is not an attribute");
            string key = word.Substring(0, equals);
            if (!keys.Add(key)) throw Wrong("the attribute '" + Shorten(key) + "' is twice there");
            pairs.Add(new KeyValuePair<string, string>(key, word.Substring(equals + 1)));
        }
        return new StepAttributes(pairs);
    }

    private void Define(string value, ElementType type, string shape)
    {
        if (!IsName(value) || value == "_" || _values.ContainsKey(value))
            throw Wrong("'" + Shorten(value) + "' is not an identifier, or twice there");
        _values.Add(value, new KnownValue(type, shape));
    }

    private ElementType Type()
    {
        string word = Identifier();
        ElementType type = ElementTypes.FromWord(word);
        return type != ElementType.Undefined ? type : throw Wrong("'" + Shorten(word) + "' is not an element type");
    }

    private Dimension[] Shape(out string text)
    {
        Symbol('[');
        int end = _line.IndexOf(']', _position);
        if (end < 0) throw Wrong("']' is missing");
        text = _line.Substring(_position, end - _position);
        _position = end + 1;
        if (text.Length == 0) return new Dimension[0];
        Dimension[] shape;
        try
        {
            shape = Dimension.ParseList(text);
        }
        catch (FormatException e)
        {
            throw Wrong(e.Message);
        }
        if (shape.Length > MaximumRank) throw Wrong("a shape has at most 16 dimensions");
        var symbols = new List<string>();
        foreach (Dimension dimension in shape)
        {
            if (dimension.IsConstant && dimension.Value < 0) throw Wrong("a dimension is negative");
            dimension.CollectSymbols(symbols);
        }
        foreach (string symbol in symbols)
            if (!_symbolNames.Contains(symbol)) throw Wrong("the symbol '" + Shorten(symbol) + "' is not declared");
        text = ShapeText(shape);
        return shape;
    }

    private static string ShapeText(IEnumerable<Dimension> shape) => string.Join(",", shape);

    /// <summary>A class: collections of structs are compiled for each of them.</summary>
    private sealed class KnownValue(ElementType type, string shape)
    {
        public readonly ElementType Type = type;
        public readonly string Shape = shape;
    }
}
